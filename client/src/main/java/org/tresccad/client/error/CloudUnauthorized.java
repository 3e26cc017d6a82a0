package org.tresccad.client.error;

/** The cloud does not accept our user, password or project (401), also not with a fresh token. */
public final class CloudUnauthorized extends CloudRefused {
    private static final long serialVersionUID = 1L;

    CloudUnauthorized(String cloud, String attempt, String reason) {
        super(cloud, attempt, 401, reason, "Check user, password, domain and project in clouds.yaml.");
    }
}
