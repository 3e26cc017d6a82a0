package org.tresccad.client.config;

import java.util.List;
import java.util.Optional;

/**
 * One cloud, ready to be connected to.
 *
 * @param name what the user calls it
 * @param endpoints which of the catalog's addresses to use
 * @param ssh the tunnel to go through, if any
 * @param projects tresccad's own key {@code tresccad: {projects: [...]}}: for which of the daemon's projects this
 *     cloud is a destination; empty when not said
 */
public record CloudConfig(
        String name,
        Credentials credentials,
        Endpoints endpoints,
        Trust trust,
        Optional<SshAccess> ssh,
        List<String> projects) {
    /** Copies the list. */
    public CloudConfig {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a cloud needs a name");
        }
        projects = List.copyOf(projects);
    }

    /** The same cloud, in another region. */
    public CloudConfig inRegion(String region) {
        return new CloudConfig(
                name, credentials, new Endpoints(Optional.of(region), endpoints.audience()), trust, ssh, projects);
    }

    /**
     * Choice among the catalog's endpoints.
     *
     * @param region only endpoints of this region; any when empty
     * @param audience {@code public}, {@code internal} or {@code admin}
     */
    public record Endpoints(Optional<String> region, String audience) {
        /** Public endpoints of any region. */
        public static final Endpoints PUBLIC = new Endpoints(Optional.empty(), "public");

        /** Checks the audience; accepts Keystone v2's {@code publicURL}. */
        public Endpoints {
            if (audience.endsWith("URL")) {
                audience = audience.substring(0, audience.length() - 3);
            }
            if (!List.of("public", "internal", "admin").contains(audience)) {
                throw new IllegalArgumentException("expected public, internal or admin, not " + audience);
            }
        }
    }
}
