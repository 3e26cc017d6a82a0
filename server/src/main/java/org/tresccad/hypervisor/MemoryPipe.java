package org.tresccad.hypervisor;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** A named pipe in the place of a memory file: the memory that went through it is nowhere else. */
public final class MemoryPipe {
    private MemoryPipe() {}

    /** Whether there is a pipe at {@code path}. */
    public static boolean isAt(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Lets go who waits in opening the pipe at {@code path} for reading, for instance libvirtd, after whoever was to
     * write to it has died; they find it empty. Nothing happens when there is no pipe.
     *
     * @throws IOException when it cannot be opened
     */
    public static void release(Path path) throws IOException {
        if (isAt(path)) {
            // Both ways at once never waits.
            FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    .close();
        }
    }
}
