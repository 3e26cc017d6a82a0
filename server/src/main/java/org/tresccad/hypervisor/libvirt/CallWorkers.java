package org.tresccad.hypervisor.libvirt;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.HypervisorUnavailable;

/**
 * Threads that make calls which may never return, so that their callers do. A call of libvirt's cannot be interrupted:
 * one that hangs keeps its thread until libvirt lets go, at the latest when keepalive closes the connection.
 */
final class CallWorkers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CallWorkers.class);
    private static final int LONGEST_QUEUE = 512;

    private final ThreadPoolExecutor threads;

    CallWorkers(String name, int most) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                most, most, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(LONGEST_QUEUE), work -> {
                    Thread thread = new Thread(work, name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** What is done on a worker. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws LibvirtException, LibvirtFailure;
    }

    /** What is done after a call, on the worker's thread. */
    interface Aftermath<T> {
        /** It succeeded, but its caller had given up: to be taken back. */
        default void late(T result) {}

        /** It failed or was never made; its caller may not know yet. */
        default void failed() {}

        /** Nothing is done. */
        static <T> Aftermath<T> none() {
            return new Aftermath<>() {};
        }
    }

    /**
     * Runs {@code work} and waits at most {@code timeout} for it.
     *
     * @param tried for messages, to go after "could not"
     * @throws HypervisorUnavailable when it takes longer, or too many calls wait already
     */
    <T> T call(String tried, Duration timeout, Work<T> work, Aftermath<T> after) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITED_FOR);
        try {
            threads.execute(() -> run(tried, work, after, answer, stage));
        } catch (RejectedExecutionException e) {
            after.failed();
            throw new HypervisorUnavailable("could not " + tried + ": too many calls wait for libvirt", e);
        }
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw translated(tried, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            return giveUp(
                    answer,
                    stage,
                    new HypervisorUnavailable(
                            "could not " + tried + ": libvirt did not answer within " + timeout.toSeconds() + " s", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return giveUp(answer, stage, new HypervisorUnavailable("could not " + tried + ": interrupted", e));
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private enum Stage {
        WAITED_FOR,
        ANSWERED,
        GIVEN_UP
    }

    /** The last chance of an answer: it may have come just now. */
    private static <T> T giveUp(
            CompletableFuture<T> answer, AtomicReference<Stage> stage, HypervisorUnavailable failure) {
        if (stage.compareAndSet(Stage.WAITED_FOR, Stage.GIVEN_UP)) {
            throw failure;
        }
        return answer.join();
    }

    private static <T> void run(
            String tried, Work<T> work, Aftermath<T> after, CompletableFuture<T> answer, AtomicReference<Stage> stage) {
        if (stage.get() == Stage.GIVEN_UP) {
            after.failed();
            return;
        }
        T result;
        try {
            result = work.run();
        } catch (Exception | Error e) {
            after.failed();
            if (!answer.completeExceptionally(e) || stage.get() == Stage.GIVEN_UP) {
                log.warn("a call that its caller had given up on failed: {}", tried, e);
            }
            return;
        }
        if (stage.compareAndSet(Stage.WAITED_FOR, Stage.ANSWERED)) {
            answer.complete(result);
        } else {
            log.debug("libvirt did {} after its caller had given up", tried);
            after.late(result);
        }
    }

    private static RuntimeException translated(String tried, Throwable failure) {
        if (failure instanceof LibvirtException e) {
            return LibvirtErrors.translate(tried, new LibvirtFailure(e));
        }
        if (failure instanceof LibvirtFailure e) {
            return LibvirtErrors.translate(tried, e);
        }
        if (failure instanceof TresccadException e) {
            return e;
        }
        return new IllegalStateException("could not " + tried, failure);
    }
}
