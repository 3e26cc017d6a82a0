package org.tresccad.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The system's host name. */
final class Hostname {
    private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

    private Hostname() {}

    /** The kernel's, which no resolver is asked for; {@code localhost} when it is none that fits into a URL. */
    static String read() {
        try {
            String name = Files.readString(KERNEL).strip();
            return name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}") ? name : "localhost";
        } catch (IOException e) {
            return "localhost";
        }
    }
}
