package org.tresccad.daemon.config;

/**
 * One thing that is wrong with the configuration.
 *
 * @param key the key it is about, {@code api.listen}
 * @param origin who set it, as in {@link Setting#origin}
 * @param message what is wrong and what would be right; never a secret
 */
public record Problem(String key, String origin, String message) {
    @Override
    public String toString() {
        return key + " (" + origin + "): " + message;
    }
}
