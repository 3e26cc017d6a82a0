package org.tresccad.client.config;

/** A password or token. Prints as stars, so that no log, record or message shows it by accident. */
public record Secret(String reveal) {
    /** Checks that there is one. */
    public Secret {
        if (reveal.isEmpty()) {
            throw new IllegalArgumentException("empty secret");
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
