package org.tresccad.daemon;

import java.net.URI;
import java.util.Optional;

/** The line that says that the daemon is ready. */
final class Announcement {
    private Announcement() {}

    /** {@code tresccad 1.0.0 is ready at https://... (certificate ..., SHA-256 AB:...)}. */
    static String of(URI api, Optional<Tls> tls) {
        return "tresccad " + Version.text() + " is ready at " + api
                + tls.map(t -> " (certificate " + t.certificate() + ", SHA-256 " + t.fingerprint() + ")")
                        .orElse("");
    }
}
