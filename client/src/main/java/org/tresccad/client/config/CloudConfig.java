package org.tresccad.client.config;

import java.util.List;
import java.util.Optional;

/**
 * One cloud, ready to be connected to.
 *
 * @param name what the user calls it
 * @param endpoints which of the catalog's addresses to use
 * @param ssh the tunnel to go through, if any
 * @param use what a daemon does with it
 */
public record CloudConfig(
        String name, Credentials credentials, Endpoints endpoints, Trust trust, Optional<SshAccess> ssh, Use use) {
    /** Checks the name. */
    public CloudConfig {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a cloud needs a name");
        }
    }

    /** As above, a destination of {@code projects} and no inbox. */
    public CloudConfig(
            String name,
            Credentials credentials,
            Endpoints endpoints,
            Trust trust,
            Optional<SshAccess> ssh,
            List<String> projects) {
        this(name, credentials, endpoints, trust, ssh, new Use(projects, false));
    }

    /** For which of the daemon's projects this cloud is a destination; empty when not said. */
    public List<String> projects() {
        return use.projects();
    }

    /**
     * What a daemon does with a cloud: tresccad's own key {@code tresccad: {projects: [...], inbox: true}}.
     *
     * @param projects for which of its projects the cloud is a destination; empty when not said
     * @param isInbox whether it fetches packages that are addressed to its host there, for the first of the projects
     */
    public record Use(List<String> projects, boolean isInbox) {
        /** Copies the list. */
        public Use {
            projects = List.copyOf(projects);
        }
    }

    /** The same cloud, in another region. */
    public CloudConfig inRegion(String region) {
        return new CloudConfig(
                name, credentials, new Endpoints(Optional.of(region), endpoints.audience()), trust, ssh, use);
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
