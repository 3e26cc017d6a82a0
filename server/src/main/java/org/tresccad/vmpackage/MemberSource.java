package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Where a member's content comes from. */
@FunctionalInterface
public interface MemberSource {
    /**
     * Opens the content; the writer closes it. It is read from a thread of the writer's. A stream that can wait (for a
     * file that is still growing) must end its wait with an {@link IOException} when that thread is interrupted or the
     * stream is closed by another; that is how a writer is stopped.
     */
    InputStream open() throws IOException;

    /** The package failed, opened or not: whoever waits to put something into this source is to be told. */
    default void abandon() {}

    /** The size in bytes when it is known beforehand; for progress only, never trusted. */
    default OptionalLong expectedBytes() {
        return OptionalLong.empty();
    }

    /** A file that is complete. */
    static MemberSource file(Path path) {
        return new MemberSource() {
            @Override
            public InputStream open() throws IOException {
                return Files.newInputStream(path);
            }

            @Override
            public OptionalLong expectedBytes() {
                try {
                    return OptionalLong.of(Files.size(path));
                } catch (IOException e) {
                    // Opening it will fail with the same, and say so.
                    return OptionalLong.empty();
                }
            }
        };
    }
}
