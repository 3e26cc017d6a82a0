package org.tresccad.client.config;

import java.nio.file.Path;
import java.util.List;

/**
 * How to reach a host whose API listens on loopback only.
 *
 * @param identities private key files, tried in order
 * @param knownHosts file with the host keys we believe, in OpenSSH's format
 */
public record SshAccess(String user, String host, int port, List<Path> identities, Path knownHosts) {
    /** Checks ranges. */
    public SshAccess {
        if (user.isBlank() || host.isBlank()) {
            throw new IllegalArgumentException("expected user@host[:port]");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not within 1-65535");
        }
        identities = List.copyOf(identities);
    }

    @Override
    public String toString() {
        return user + "@" + host + ":" + port;
    }
}
