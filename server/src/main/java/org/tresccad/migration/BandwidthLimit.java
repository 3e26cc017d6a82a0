package org.tresccad.migration;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Keeps what a move sends while its guest still runs below a rate: a token bucket that holds a twentieth of a second, so
 * that nothing is saved up for a burst. Once the guest is frozen every byte delays it, and the limit is {@link #lift
 * lifted}. One limit is for one move; its streams share it.
 */
public final class BandwidthLimit {
    /** Less would let the connection seem dead, for what is written is sent some KiB at a time. */
    public static final long LEAST_BYTES_PER_SECOND = 16 << 10;

    private static final int BUCKETS_PER_SECOND = 20;
    private static final long NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

    private final long bytesPerSecond;
    private final int bucketBytes;
    private final LongSupplier nanoTime;
    private final Consumer<Duration> pause;
    private volatile boolean isLifted;
    private double tokens;
    private long filledAt;

    /**
     * A limit.
     *
     * @param bytesPerSecond 0 for none
     * @param nanoTime a monotonic clock
     * @param pause waits, and throws when the move was cancelled
     */
    BandwidthLimit(long bytesPerSecond, LongSupplier nanoTime, Consumer<Duration> pause) {
        requireUsable(bytesPerSecond);
        this.bytesPerSecond = bytesPerSecond;
        this.bucketBytes = Math.toIntExact(Math.min(bytesPerSecond / BUCKETS_PER_SECOND, Integer.MAX_VALUE));
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.isLifted = bytesPerSecond == 0;
        this.filledAt = nanoTime.getAsLong();
    }

    /** Fails with an IllegalArgumentException unless it is 0, for no limit, or not less than the least. */
    public static void requireUsable(long bytesPerSecond) {
        if (bytesPerSecond != 0 && bytesPerSecond < LEAST_BYTES_PER_SECOND) {
            throw new IllegalArgumentException("a bandwidth is 0, for no limit, or at least " + LEAST_BYTES_PER_SECOND
                    + " bytes a second, not " + bytesPerSecond);
        }
    }

    /** From now on nothing is held back; whoever waits goes on within a twentieth of a second. */
    public void lift() {
        isLifted = true;
    }

    /** The same stream, within the limit. */
    public OutputStream over(OutputStream out) {
        return new Limited(out);
    }

    /** Takes tokens for up to {@code wanted} bytes, when there are some; for how many. */
    private synchronized int take(int wanted) {
        while (!isLifted) {
            long now = nanoTime.getAsLong();
            tokens = Math.min(bucketBytes, tokens + (now - filledAt) * (double) bytesPerSecond / NANOS_PER_SECOND);
            filledAt = now;
            int piece = Math.min(wanted, bucketBytes);
            if (tokens >= piece) {
                tokens -= piece;
                return piece;
            }
            long missingNanos = (long) Math.ceil((piece - tokens) * NANOS_PER_SECOND / bytesPerSecond);
            pause.accept(Duration.ofNanos(missingNanos).plusMillis(1));
        }
        return wanted;
    }

    private final class Limited extends FilterOutputStream {
        Limited(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int oneByte) throws IOException {
            take(1);
            out.write(oneByte);
        }

        @Override
        public void write(byte[] bytes, int at, int length) throws IOException {
            Objects.checkFromIndexSize(at, length, bytes.length);
            int done = 0;
            while (done < length) {
                int piece = take(length - done);
                out.write(bytes, at + done, piece);
                done += piece;
            }
        }
    }
}
