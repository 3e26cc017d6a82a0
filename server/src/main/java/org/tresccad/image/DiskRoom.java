package org.tresccad.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** How much more the disk below the store may take. */
final class DiskRoom {
    private final LongSupplier usableBytes;
    private final long reserveBytes;

    DiskRoom(LongSupplier usableBytes, long reserveBytes) {
        this.usableBytes = usableBytes;
        this.reserveBytes = reserveBytes;
    }

    static DiskRoom on(Path directory, long reserveBytes) {
        return new DiskRoom(
                () -> {
                    try {
                        return Files.getFileStore(directory).getUsableSpace();
                    } catch (IOException e) {
                        throw new TresccadException(
                                ErrorKind.INTERNAL, "Cannot tell how much room the image store has.", e);
                    }
                },
                reserveBytes);
    }

    /** Refuses to write {@code bytes} more when that would eat into the reserve. */
    void require(long bytes) {
        if (usableBytes.getAsLong() - reserveBytes < bytes) {
            throw full(null);
        }
    }

    /** What a failed write means. */
    TresccadException writeFailed(IOException cause) {
        String text = String.valueOf(cause.getMessage());
        boolean isFull = text.contains("No space left") || text.contains("quota exceeded");
        return isFull
                ? full(cause)
                : new TresccadException(ErrorKind.INTERNAL, "Cannot write to the image store.", cause);
    }

    private static TresccadException full(@Nullable IOException cause) {
        String message = "The host's image store has no room for this data. Delete images, then try again.";
        return cause == null
                ? new TresccadException(ErrorKind.NO_SPACE, message)
                : new TresccadException(ErrorKind.NO_SPACE, message, cause);
    }
}
