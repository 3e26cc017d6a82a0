package org.tresccad.vmpackage;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * zstd's level for the next part. It stays the lowest as long as the cores are what a package waits for; while they are
 * idle for most of the time because the link takes no more, it rises, so that there is less for the link to take; and
 * falls again when the link waits for busy cores.
 */
final class CompressionLevel {
    /**
     * zstd's fastest usual level. On guests' memory level 3 saved 4 % of the bytes for 27 % more time, which is a loss
     * whenever the link is faster than the cores.
     */
    static final int LOWEST = 1;

    /** Each takes up to twice as long as the one before; those above 11 take four times as long for 3 % less. */
    private static final int[] LEVELS = {LOWEST, 3, 5, 7, 9, 11};

    /** Parts between two changes: their times differ by what is in them. */
    private static final int PARTS = 2;

    private static final double IDLE = 1.0 / 3;
    private static final double BUSY = 0.5;

    private final int threads;
    private final boolean isFixed;
    private final LongSupplier nanoTime;
    private final AtomicLong packingNanos = new AtomicLong();
    private volatile int step;

    private int parts;
    private boolean isHeldUp = true;
    private long since;

    private CompressionLevel(int threads, boolean isFixed, LongSupplier nanoTime) {
        this.threads = threads;
        this.isFixed = isFixed;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
    }

    /** The lowest: the same content has the same bytes. */
    static CompressionLevel fixed() {
        return new CompressionLevel(1, true, () -> 0);
    }

    /** For one package, whose parts are packed by {@code threads} threads. */
    static CompressionLevel adapting(int threads, LongSupplier nanoTime) {
        return new CompressionLevel(threads, false, nanoTime);
    }

    /** At which level to pack a part now. Safe for any number of threads. */
    int level() {
        return LEVELS[step];
    }

    /** A thread was busy with a part for so long. Safe for any number of threads. */
    void packed(long nanos) {
        packingNanos.addAndGet(nanos);
    }

    /**
     * A part was written. For the writing thread.
     *
     * @param isBackedUp whether all parts that there is room for lie packed behind it
     */
    void written(boolean isBackedUp) {
        if (isFixed) {
            return;
        }
        parts++;
        isHeldUp &= isBackedUp;
        if (parts < PARTS) {
            return;
        }
        long now = nanoTime.getAsLong();
        double busy = (double) packingNanos.getAndSet(0) / (threads * Math.max(1, now - since));
        if (isHeldUp && busy < IDLE) {
            step = Math.min(step + 1, LEVELS.length - 1);
        } else if (!isHeldUp && busy > BUSY) {
            step = Math.max(step - 1, 0);
        }
        parts = 0;
        isHeldUp = true;
        since = now;
    }
}
