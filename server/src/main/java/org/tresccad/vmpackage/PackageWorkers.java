package org.tresccad.vmpackage;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that compress and decompress, shared by all packages that are written and read at the same time, so that
 * ten moves do not take ten times the cores. Close it when no package is under way.
 */
public final class PackageWorkers implements AutoCloseable {
    private static final int MOST_PARTS_IN_FLIGHT = 16;
    private static final long MOST_BYTES_IN_FLIGHT = 64L << 20;

    private final int threads;
    private final ExecutorService pool;

    /** {@code threads} threads, at least one. */
    public PackageWorkers(int threads) {
        this.threads = threads;
        AtomicInteger number = new AtomicInteger();
        this.pool = Executors.newFixedThreadPool(threads, work -> {
            Thread thread = new Thread(work, "package-worker-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** As many threads as there are cores. */
    public static PackageWorkers ofCores() {
        return new PackageWorkers(Runtime.getRuntime().availableProcessors());
    }

    ExecutorService pool() {
        return pool;
    }

    int threads() {
        return threads;
    }

    /** How many parts one package may have in memory: enough to keep all threads busy, at most 64 MiB together. */
    int partsInFlight(int partSize) {
        long affordable = MOST_BYTES_IN_FLIGHT / (2L * partSize);
        return (int) Math.max(2, Math.min(Math.min(2L * threads, MOST_PARTS_IN_FLIGHT), affordable));
    }

    @Override
    public void close() {
        // What was put in is still worked on, so that nobody waits for it in vain.
        pool.shutdown();
    }
}
