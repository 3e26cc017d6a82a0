package org.tresccad.client.transfer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One wish to end transfers and waits, for any number of them, for any thread. A blocked transfer ends at once: its
 * connection is closed.
 */
public final class Cancellation {
    private final List<Runnable> wakers = new ArrayList<>();
    private boolean cancelled;

    /** Asks everything that was given this to end. Idempotent. */
    public void cancel() {
        List<Runnable> toRun;
        synchronized (this) {
            cancelled = true;
            toRun = List.copyOf(wakers);
            wakers.clear();
            notifyAll();
        }
        toRun.forEach(Runnable::run);
    }

    /** Whether {@link #cancel} was called. */
    public synchronized boolean isCancelled() {
        return cancelled;
    }

    /** Runs {@code waker} upon {@link #cancel}, now if that was before. Close the result to forget the waker. */
    public Registration onCancel(Runnable waker) {
        synchronized (this) {
            if (!cancelled) {
                wakers.add(waker);
                return () -> forget(waker);
            }
        }
        waker.run();
        return () -> {};
    }

    /**
     * Sleeps, less when cancelled.
     *
     * @return whether it was cancelled; an interrupt counts as cancelled and stays set
     */
    public synchronized boolean sleep(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        try {
            for (long left = duration.toMillis();
                    !cancelled && left > 0;
                    left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return true;
        }
        return cancelled;
    }

    private synchronized void forget(Runnable waker) {
        wakers.remove(waker);
    }

    /** A waker's registration. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
