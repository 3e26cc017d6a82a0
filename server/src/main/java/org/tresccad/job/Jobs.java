package org.tresccad.job;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Runs work in the background; a failure that the work does not handle itself is logged, never lost. */
public final class Jobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private final ExecutorService executor;

    /** Threads are made as they are needed and are daemons: what must survive the process is in the database. */
    public Jobs() {
        AtomicLong number = new AtomicLong();
        this.executor = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "job-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Starts {@code work}; it keeps the caller's log context. */
    public void start(String name, Runnable work) {
        @Nullable Map<String, String> context = MDC.getCopyOfContextMap();
        executor.execute(() -> {
            if (context != null) {
                MDC.setContextMap(context);
            }
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                LOG.error("{} failed", name, e);
            } finally {
                MDC.clear();
            }
        });
    }

    /** Interrupts what still runs and waits a little for it to end. */
    @Override
    public void close() {
        executor.shutdownNow();
        try {
            if (!executor.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("some jobs did not end within {} s", PATIENCE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
