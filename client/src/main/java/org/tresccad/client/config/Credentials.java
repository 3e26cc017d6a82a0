package org.tresccad.client.config;

import java.net.URI;

/**
 * Who we are at a cloud.
 *
 * @param authUrl Keystone's address, with or without {@code /v3}
 */
public record Credentials(URI authUrl, Principal user, Secret password, Principal project) {
    /** Checks that the address is one of HTTP. */
    public Credentials {
        String scheme = authUrl.getScheme();
        if (!("http".equals(scheme) || "https".equals(scheme)) || authUrl.getHost() == null) {
            throw new IllegalArgumentException("not an http or https address: " + authUrl);
        }
        if (authUrl.getUserInfo() != null) {
            throw new IllegalArgumentException("an address must not hold a user or password");
        }
    }
}
