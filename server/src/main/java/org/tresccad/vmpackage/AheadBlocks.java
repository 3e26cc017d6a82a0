package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.tresccad.job.Cancelled;

/**
 * The member {@link Member#AHEAD} of a package that is being written, while the guest still runs: whatever is offered
 * here and not yet in the index is sent, and is in the index from then on, so that the members after it can be given
 * relative to it. Offer from one thread at a time; {@link #close} lets the writer go on to the other members, whose
 * sources it opens only then.
 */
public final class AheadBlocks implements MemberSource, AutoCloseable {
    /** How far the offering thread may be ahead of the writer. */
    private static final int QUEUE_BYTES = 1 << 20;

    private final BlockIndex index;
    private final int reference;
    private final int partBytes;
    private final long mostBytes;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final byte[] queue = new byte[QUEUE_BYTES];
    private int first;
    private int queued;
    /** To be read behind what is queued; nothing is queued meanwhile. */
    private long zeros;

    private boolean isEnded;
    private boolean isAbandoned;

    private long appended;
    private long seen;
    private long blocksSent;
    private long bytesSent;

    /**
     * What was offered so far.
     *
     * @param blocksSeen all of them
     * @param blocksSent those that were not known
     * @param bytesSent of these, before compression
     * @param memberBytes how long the member is by now, with what {@link #flush} filled up
     */
    public record Counts(long blocksSeen, long blocksSent, long bytesSent, long memberBytes) {}

    /** See {@link PackageWriter#ahead}. */
    AheadBlocks(BlockIndex index, int reference, int partBytes, long mostBytes) {
        this.index = index;
        this.reference = reference;
        this.partBytes = partBytes;
        this.mostBytes = mostBytes;
    }

    /**
     * Sends a block unless it is zero, known, or more than the member or the index may hold. Waits when the writer does
     * not keep up.
     *
     * @throws IOException when the writer has given up
     * @throws Cancelled when the thread is interrupted
     */
    public void offer(byte[] bytes, int at, int length) throws IOException {
        Objects.checkFromIndexSize(at, length, bytes.length);
        Checks.range("length", length, 1, BlockIndex.BLOCK_BYTES);
        boolean isNew = index.hasRoom()
                && !BlockIndex.isZero(bytes, at, length)
                && index.find(bytes, at, length) == BlockIndex.NONE;
        lock.lock();
        try {
            checkOpen();
            seen++;
            if (isNew && length <= mostBytes - appended) {
                append(bytes, at, length);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Cancelled("the thread was interrupted");
        } finally {
            lock.unlock();
        }
    }

    private void append(byte[] bytes, int at, int length) throws IOException, InterruptedException {
        int done = 0;
        while (done < length) {
            if (zeros > 0 || queued == QUEUE_BYTES) {
                changed.await();
                checkOpen();
            } else {
                int to = (first + queued) % QUEUE_BYTES;
                int step = Math.min(Math.min(QUEUE_BYTES - queued, length - done), QUEUE_BYTES - to);
                System.arraycopy(bytes, at + done, queue, to, step);
                queued += step;
                done += step;
                changed.signalAll();
            }
        }
        // Only now that it is sure to be sent, and before anybody can learn that the member has ended.
        index.add(bytes, at, length, reference, appended);
        appended += length;
        blocksSent++;
        bytesSent += length;
    }

    /**
     * Offers all pages of a save image.
     *
     * @throws IOException when it cannot be read, or the writer has given up
     */
    public void offerMemory(Path saveImage) throws IOException {
        offer(saveImage, BlockCutter.Cut.PAGES);
    }

    /**
     * Offers all blocks of any other file: an overlay.
     *
     * @throws IOException when it cannot be read, or the writer has given up
     */
    public void offerFile(Path file) throws IOException {
        offer(file, BlockCutter.Cut.ALIGNED);
    }

    private void offer(Path file, BlockCutter.Cut cut) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            BlockCutter.cut(in, cut, (bytes, at, length, offset) -> offer(bytes, at, length));
        }
    }

    /**
     * Fills the part that is begun with zeros, so that what was offered so far goes out now and need not be sent in the
     * interruption. Call it when nothing more will be offered for some time; does not wait until it has arrived.
     *
     * @throws IOException when the writer has given up
     */
    public void flush() throws IOException {
        lock.lock();
        try {
            checkOpen();
            long rest = Math.floorMod(-appended, (long) partBytes);
            if (rest <= mostBytes - appended) {
                zeros += rest;
                appended += rest;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What was offered so far; from any thread. */
    public Counts counts() {
        lock.lock();
        try {
            return new Counts(seen, blocksSent, bytesSent, appended);
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more comes: the member ends. Harmless when repeated. */
    @Override
    public void close() {
        lock.lock();
        try {
            isEnded = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void abandon() {
        lock.lock();
        try {
            isAbandoned = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public InputStream open() {
        return new Feed();
    }

    private void checkOpen() throws IOException {
        if (isAbandoned) {
            throw new IOException("the package is not written any more");
        }
        if (isEnded) {
            throw new IOException("blocks are offered after the end");
        }
    }

    /** The writer's end. */
    private final class Feed extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int at, int length) throws IOException {
            Objects.checkFromIndexSize(at, length, target.length);
            if (length == 0) {
                return 0;
            }
            lock.lock();
            try {
                while (queued == 0 && zeros == 0) {
                    if (isAbandoned) {
                        throw new IOException("closed");
                    }
                    if (isEnded) {
                        return -1;
                    }
                    changed.await();
                }
                int got = queued > 0 ? fromQueue(target, at, length) : zeros(target, at, length);
                changed.signalAll();
                return got;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            } finally {
                lock.unlock();
            }
        }

        private int fromQueue(byte[] target, int at, int length) {
            int step = Math.min(Math.min(length, queued), QUEUE_BYTES - first);
            System.arraycopy(queue, first, target, at, step);
            first = (first + step) % QUEUE_BYTES;
            queued -= step;
            return step;
        }

        private int zeros(byte[] target, int at, int length) {
            int step = (int) Math.min(length, zeros);
            Arrays.fill(target, at, at + step, (byte) 0);
            zeros -= step;
            return step;
        }

        @Override
        public void close() {
            abandon();
        }
    }
}
