package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * A file of the store that is being written by one thread and may be read behind the writer by any number of others.
 * Digests are computed in the same pass; blocks of zeros become holes. It ends in exactly one of {@link #complete} and
 * {@link #fail}; only then do readers come to an end, or to an error.
 */
final class IncomingFile {
    private static final int BLOCK_BYTES = 64 * 1024;
    private static final byte[] ZEROS = new byte[BLOCK_BYTES];
    private static final long ROOM_CHECK_BYTES = 64L << 20;

    private final Path path;
    private final RandomAccessFile file;
    private final DiskRoom room;
    private final long largestBytes;
    private final MessageDigest md5 = digest("MD5");
    private final MessageDigest sha512 = digest("SHA-512");
    private final byte[] block = new byte[BLOCK_BYTES];
    private int used;
    private long uncheckedBytes;
    private boolean isClosed;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long readableBytes;
    private boolean isComplete;
    private @Nullable String failure;
    /** Where readers find the data: {@link #path}, and its final place after {@link #relocate}. */
    private Path readable;

    /** Creates {@code path}. More than {@code largestBytes} are refused. */
    IncomingFile(Path path, DiskRoom room, long largestBytes) {
        this.path = path;
        this.readable = path;
        this.room = room;
        this.largestBytes = largestBytes;
        try {
            this.file = new RandomAccessFile(path.toFile(), "rw");
        } catch (IOException e) {
            throw room.writeFailed(e);
        }
    }

    /** Facts about the whole file. */
    record Sealed(long sizeBytes, String md5, ContentDigest digest) {}

    Path path() {
        return path;
    }

    /** Where the data goes; closing it does nothing, {@link #seal} ends the writing. */
    OutputStream output() {
        return new Output();
    }

    /** Puts everything on disk and ends the writing. Readers still wait. */
    Sealed seal() {
        drain();
        try {
            file.getFD().sync();
        } catch (IOException e) {
            throw room.writeFailed(e);
        }
        closeFile();
        return new Sealed(
                readableBytes,
                HexFormat.of().formatHex(md5.digest()),
                new ContentDigest(HexFormat.of().formatHex(sha512.digest())));
    }

    /** The data is good: readers come to its end. */
    void complete() {
        signal(() -> isComplete = true);
    }

    /** The data is no good, because of {@code why}: readers and the writer fail. The first reason stays. */
    void fail(String why) {
        signal(() -> {
            if (failure == null && !isComplete) {
                failure = why;
            }
        });
    }

    /** Removes the file; after {@link #fail}, in the writer's thread. */
    void discard() {
        closeFile();
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new TresccadException(ErrorKind.INTERNAL, "Cannot remove an unfinished upload.", e);
        }
    }

    /**
     * Lets {@code move} bring the data from {@link #path} to {@code target}, where readers that come later find it:
     * none of them meets the moment between.
     */
    void relocate(Path target, Move move) throws IOException {
        lock.lock();
        try {
            move.run();
            readable = target;
        } finally {
            lock.unlock();
        }
    }

    /** A reader from the start. It waits for data, and for the verdict at the end. */
    InputStream follow() {
        lock.lock();
        try {
            return new Follower(new RandomAccessFile(readable.toFile(), "r"));
        } catch (IOException e) {
            throw new TresccadException(ErrorKind.CONFLICT, "The upload has just failed.", e);
        } finally {
            lock.unlock();
        }
    }

    /** Moves a file. */
    interface Move {
        void run() throws IOException;
    }

    private void signal(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void closeFile() {
        if (!isClosed) {
            isClosed = true;
            try {
                file.close();
            } catch (IOException e) {
                throw room.writeFailed(e);
            }
        }
    }

    private Optional<String> failure() {
        lock.lock();
        try {
            return Optional.ofNullable(failure);
        } finally {
            lock.unlock();
        }
    }

    private void drain() {
        failure().ifPresent(why -> {
            throw new TresccadException(ErrorKind.CONFLICT, "The upload was ended: " + why + ".");
        });
        if (used == 0) {
            return;
        }
        long end = readableBytes + used;
        if (end > largestBytes) {
            throw new TresccadException(
                    ErrorKind.TOO_LARGE, "The data is larger than this host allows (" + largestBytes + " bytes).");
        }
        uncheckedBytes += used;
        if (uncheckedBytes >= ROOM_CHECK_BYTES) {
            room.require(0);
            uncheckedBytes = 0;
        }
        md5.update(block, 0, used);
        sha512.update(block, 0, used);
        try {
            if (Arrays.equals(block, 0, used, ZEROS, 0, used)) {
                file.setLength(end);
            } else {
                file.seek(readableBytes);
                file.write(block, 0, used);
            }
        } catch (IOException e) {
            throw room.writeFailed(e);
        }
        used = 0;
        signal(() -> readableBytes = end);
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(algorithm + " is in every Java runtime", e);
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) {
            if (used == BLOCK_BYTES) {
                drain();
            }
            block[used++] = (byte) b;
        }

        @Override
        public void write(byte[] data, int offset, int length) {
            int at = offset;
            int left = length;
            while (left > 0) {
                if (used == BLOCK_BYTES) {
                    drain();
                }
                int part = Math.min(left, BLOCK_BYTES - used);
                System.arraycopy(data, at, block, used, part);
                used += part;
                at += part;
                left -= part;
            }
        }

        /** Makes what was written readable for followers. */
        @Override
        public void flush() {
            drain();
        }
    }

    private final class Follower extends InputStream {
        private final RandomAccessFile source;
        private long position;
        private boolean isGivenUp;

        Follower(RandomAccessFile source) {
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            long readable = awaitPast(position);
            if (readable == position) {
                return -1;
            }
            int count = source.read(target, offset, (int) Math.min(length, readable - position));
            if (count < 0) {
                throw new IOException("the file of the upload became shorter");
            }
            position += count;
            return count;
        }

        @Override
        public int available() {
            lock.lock();
            try {
                return (int) Math.min(Integer.MAX_VALUE, readableBytes - position);
            } finally {
                lock.unlock();
            }
        }

        /** Ends a wait for data in another thread, too. */
        @Override
        public void close() throws IOException {
            lock.lock();
            try {
                isGivenUp = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            source.close();
        }

        /** Waits until there is more than {@code position}; returns {@code position} itself at the end. */
        private long awaitPast(long position) throws IOException {
            lock.lock();
            try {
                while (failure == null && !isComplete && !isGivenUp && readableBytes == position) {
                    changed.await();
                }
                if (isGivenUp) {
                    throw new IOException("the reader gave up");
                }
                if (failure != null) {
                    throw new IOException("the upload failed: " + failure);
                }
                return readableBytes;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for data", e);
            } finally {
                lock.unlock();
            }
        }
    }
}
