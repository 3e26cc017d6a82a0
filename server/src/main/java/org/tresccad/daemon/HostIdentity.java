package org.tresccad.daemon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.UUID;
import java.util.function.Supplier;
import org.tresccad.state.DurableFiles;

/** What makes this host itself: made at the first start, kept in files of the state directory, never changed. */
final class HostIdentity {
    private HostIdentity() {}

    /** The host's id, which others see. */
    static UUID of(Path stateDirectory) {
        return UUID.fromString(kept(stateDirectory.resolve("host-id"), UUID.randomUUID()::toString));
    }

    /** A number that nobody else knows, to seed what guests must not foresee. */
    static long seed(Path stateDirectory) {
        return Long.parseLong(
                kept(stateDirectory.resolve("host-seed"), () -> Long.toString(new SecureRandom().nextLong())));
    }

    private static String kept(Path file, Supplier<String> made) {
        try {
            if (!Files.exists(file)) {
                DurableFiles.write(file, made.get() + "\n");
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
