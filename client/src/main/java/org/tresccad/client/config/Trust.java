package org.tresccad.client.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Which TLS servers we believe.
 *
 * @param caFile PEM file whose certificates alone are trusted; empty for those of the Java runtime
 * @param verify false to believe everyone ({@code verify: false}); the connection is then open to impostors
 */
public record Trust(Optional<Path> caFile, boolean verify) {
    /** Certificates of the Java runtime. */
    public static final Trust SYSTEM = new Trust(Optional.empty(), true);
}
