package org.tresccad.hypervisor;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a save image while libvirt still writes it. libvirt finishes one by replacing the first 16 bytes, which say until
 * then that it is unfinished; this gives out the finished ones from the beginning, and its end comes only when they are
 * there. QEMU appends, so whatever is within the file's size stays as it is.
 */
public final class SaveImageFollower extends InputStream {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

    private final Path file;
    private final Supplier<Optional<String>> failure;
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable FileChannel channel;
    private long position;

    /**
     * Over {@code file}, which may not exist yet.
     *
     * @param failure why it will never be finished, once that is so
     */
    public SaveImageFollower(Path file, Supplier<Optional<String>> failure) {
        this.file = file;
        this.failure = failure;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int at, int length) throws IOException {
        while (true) {
            if (closed.getCount() == 0) {
                throw new IOException("closed");
            }
            // Asked first: what is in the file after that is all there will be.
            boolean isFinished = isFinished();
            int got = readWhatIsThere(target, at, length);
            if (got > 0) {
                return got;
            }
            if (isFinished) {
                return -1;
            }
            Optional<String> why = failure.get();
            if (why.isPresent()) {
                throw new IOException("the memory is not written to its end: " + why.get());
            }
            pause();
        }
    }

    private int readWhatIsThere(byte[] target, int at, int length) throws IOException {
        FileChannel open = channel;
        if (open == null) {
            return 0;
        }
        int most = length;
        int magic = SaveImageHeader.MAGIC.length;
        if (position < magic) {
            if (open.size() < magic) {
                return 0;
            }
            most = (int) Math.min(length, magic - position);
            System.arraycopy(SaveImageHeader.MAGIC, (int) position, target, at, most);
            position += most;
            return most;
        }
        int got = open.read(ByteBuffer.wrap(target, at, most), position);
        position += Math.max(got, 0);
        return got;
    }

    private boolean isFinished() throws IOException {
        if (channel == null) {
            try {
                channel = FileChannel.open(file, StandardOpenOption.READ);
            } catch (NoSuchFileException e) {
                return false;
            }
        }
        ByteBuffer first = ByteBuffer.allocate(SaveImageHeader.MAGIC.length);
        return channel.read(first, 0) == first.capacity() && Arrays.equals(first.array(), SaveImageHeader.MAGIC);
    }

    private void pause() throws IOException {
        try {
            if (closed.await(LOOK_AGAIN.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Ends a wait in another thread, too. */
    @Override
    public void close() throws IOException {
        closed.countDown();
        FileChannel open = channel;
        if (open != null) {
            open.close();
        }
    }
}
