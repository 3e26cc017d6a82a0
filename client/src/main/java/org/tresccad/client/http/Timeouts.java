package org.tresccad.client.http;

import java.time.Duration;

/**
 * How long we wait for a cloud.
 *
 * @param connect for a connection, TLS and SSH each
 * @param silence between two bytes, in either direction
 * @param call for one whole request that is not a transfer
 * @param digest for the answer after the last byte of an upload, while the cloud hashes and stores
 */
public record Timeouts(Duration connect, Duration silence, Duration call, Duration digest) {
    /** For people and daemons on ordinary networks. */
    public static final Timeouts DEFAULT = new Timeouts(
            Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(120), Duration.ofMinutes(10));

    /** Checks that none is zero, which would mean for ever. */
    public Timeouts {
        for (Duration each : new Duration[] {connect, silence, call, digest}) {
            if (each.toMillis() < 1) {
                throw new IllegalArgumentException("a timeout must be at least a millisecond, not " + each);
            }
        }
    }
}
