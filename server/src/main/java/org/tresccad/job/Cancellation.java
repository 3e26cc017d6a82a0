package org.tresccad.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One operation's wish to be ended. Whoever blocks (a socket, a program, a wait) registers how to be woken; whoever
 * loops asks {@link #throwIfCancelled}. Safe for any thread.
 */
public final class Cancellation {
    private final List<Runnable> wakers = new ArrayList<>();
    private @Nullable String reason;
    private boolean isTooLate;

    /**
     * Asks the operation to end; the first reason stays. Wakers run in the calling thread, once.
     *
     * @return whether it will end; false once it has {@link #commit committed}
     */
    public boolean cancel(String why) {
        List<Runnable> toRun;
        synchronized (this) {
            if (isTooLate || reason != null) {
                return !isTooLate;
            }
            reason = why;
            toRun = List.copyOf(wakers);
            wakers.clear();
        }
        toRun.forEach(Runnable::run);
        return true;
    }

    /**
     * The operation is about to do what cannot be taken back: from here on nobody can end it.
     *
     * @throws Cancelled when it was asked to end before
     */
    public synchronized void commit() {
        throwIfCancelled();
        isTooLate = true;
    }

    /** Runs {@code waker} on cancellation, at once if that has already happened. Close the result to unregister. */
    public Registration onCancel(Runnable waker) {
        synchronized (this) {
            if (reason == null) {
                wakers.add(waker);
                return () -> remove(waker);
            }
        }
        waker.run();
        return () -> {};
    }

    /** Why the operation should end, if it should. */
    public synchronized Optional<String> reason() {
        return Optional.ofNullable(reason);
    }

    /** Throws {@link Cancelled} once the operation was asked to end. */
    public void throwIfCancelled() {
        reason().ifPresent(why -> {
            throw new Cancelled(why);
        });
    }

    /**
     * Waits for {@code pause}, or less when the operation is asked to end.
     *
     * @throws Cancelled once it was asked to end, or when the thread is interrupted, which stays so
     */
    public void await(Duration pause) {
        CountDownLatch ended = new CountDownLatch(1);
        Registration registration = onCancel(ended::countDown);
        try (registration) {
            if (ended.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                throwIfCancelled();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Cancelled("the daemon is stopping");
        }
    }

    private synchronized void remove(Runnable waker) {
        wakers.remove(waker);
    }

    /** A registered waker; closing it is safe at any time. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
