package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * Data that goes through this host without being kept: one thread writes it, one other reads it, and what neither has
 * room for waits at its source. A reader that gives up ends nothing for the writer, whose data is then thrown away: why
 * it gave up is said elsewhere.
 */
final class Passage {
    private static final int ROOM_BYTES = 4 << 20;

    private final byte[] ring = new byte[ROOM_BYTES];
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long writtenBytes;
    private long readBytes;
    private boolean isTaken;
    private boolean isGivenUp;
    private boolean isComplete;
    private @Nullable String failure;

    /** A writer whose data nobody takes for {@code patience} fails. */
    Passage(Duration patience) {
        this.patience = patience;
    }

    /** Where the data goes; {@link #complete} or {@link #fail} ends it, not closing. */
    OutputStream output() {
        return new Output();
    }

    /**
     * The one reader. Its end comes only after {@link #complete}; after {@link #fail} it fails.
     *
     * @throws TresccadException CONFLICT when there was one before
     */
    InputStream take() {
        lock.lock();
        try {
            if (isTaken) {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "The data of this image goes to one reader only, and one has it already.");
            }
            isTaken = true;
            return new Input();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The data is whole; returns once the reader has all of it.
     *
     * @throws TresccadException TIMEOUT when nobody takes it; CONFLICT when it was failed meanwhile
     */
    void complete() {
        lock.lock();
        try {
            isComplete = true;
            changed.signalAll();
            while (readBytes < writtenBytes && !isGivenUp) {
                awaitReader();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The data is no good, because of {@code why}; the first reason stays. Of no effect once the reader has it all. */
    void fail(String why) {
        lock.lock();
        try {
            boolean isOver = isComplete && readBytes == writtenBytes;
            if (failure == null && !isOver) {
                failure = why;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the reader to take something, or to give up. */
    private void awaitReader() {
        long before = readBytes;
        long left = patience.toNanos();
        try {
            while (readBytes == before && !isGivenUp && failure == null) {
                if (left <= 0) {
                    throw new TresccadException(
                            ErrorKind.TIMEOUT, "Nobody took the data within " + patience.toSeconds() + " s.");
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TresccadException(ErrorKind.UNAVAILABLE, "The daemon is stopping.", e);
        }
        if (failure != null) {
            throw new TresccadException(ErrorKind.CONFLICT, "The upload was ended: " + failure + ".");
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int offset, int length) {
            int done = 0;
            while (done < length) {
                lock.lock();
                try {
                    while (writtenBytes - readBytes == ROOM_BYTES && !isGivenUp) {
                        awaitReader();
                    }
                    if (isGivenUp) {
                        return;
                    }
                    int at = (int) (writtenBytes % ROOM_BYTES);
                    int room = (int) Math.min(ROOM_BYTES - (writtenBytes - readBytes), ROOM_BYTES - at);
                    int count = Math.min(length - done, room);
                    System.arraycopy(data, offset + done, ring, at, count);
                    writtenBytes += count;
                    done += count;
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        }
    }

    private final class Input extends InputStream {
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
            lock.lock();
            try {
                while (failure == null && !isComplete && !isGivenUp && readBytes == writtenBytes) {
                    changed.await();
                }
                if (isGivenUp) {
                    throw new IOException("the reader gave up");
                }
                if (failure != null) {
                    throw new IOException("the upload failed: " + failure);
                }
                if (readBytes == writtenBytes) {
                    return -1;
                }
                int at = (int) (readBytes % ROOM_BYTES);
                int count = (int) Math.min(Math.min(length, writtenBytes - readBytes), ROOM_BYTES - at);
                System.arraycopy(ring, at, target, offset, count);
                readBytes += count;
                changed.signalAll();
                return count;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for data", e);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public int available() {
            lock.lock();
            try {
                return (int) (writtenBytes - readBytes);
            } finally {
                lock.unlock();
            }
        }

        /** Ends a wait for data in another thread, too. */
        @Override
        public void close() {
            lock.lock();
            try {
                isGivenUp = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
