package org.tresccad.daemon.config;

import java.time.Duration;

/**
 * What the clients of one listener may use up.
 *
 * @param threads requests in work at the same time; a long poll or a stream holds one
 * @param connections open connections
 * @param connectionsPerAddress open connections from one address
 * @param headerTimeout from the first byte (or the connect) to the end of a request's header, TLS handshake included
 * @param idleTimeout how long a connection without a request is kept
 * @param stallTimeout how long one read of a body or one write of a response may make no progress at all
 */
public record HttpLimits(
        int threads,
        int connections,
        int connectionsPerAddress,
        Duration headerTimeout,
        Duration idleTimeout,
        Duration stallTimeout) {
    static HttpLimits read(ConfigReader in, int threads, int connections, int perAddress) {
        return new HttpLimits(
                in.value("threads", Integer.toString(threads), text -> Values.whole(text, 4, 4096)),
                in.value("max_connections", Integer.toString(connections), text -> Values.whole(text, 4, 65536)),
                in.value(
                        "max_connections_per_address",
                        Integer.toString(perAddress),
                        text -> Values.whole(text, 1, 65536)),
                in.value("header_timeout", "10s", Values::wholeSeconds),
                in.value("idle_timeout", "75s", Values::wholeSeconds),
                in.value("stall_timeout", "60s", Values::wholeSeconds));
    }
}
