package org.tresccad.vmpackage;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.tresccad.job.Cancelled;

/**
 * A conveyor belt for parts: one thread fills buffers, the workers work on several at once, one other thread takes them
 * off in the order they were put on. The number of buffers bounds the memory; whoever is faster waits. Either end can
 * break the line, and the other end then gets that end's error.
 */
final class PartLine {
    private final PackageWorkers workers;
    private final int partSize;
    private final int mostParts;
    private final BlockingQueue<Optional<PartBuffer>> idle = new LinkedBlockingQueue<>();
    private final BlockingQueue<Future<Optional<PartBuffer>>> ordered = new LinkedBlockingQueue<>();
    private volatile @Nullable Throwable broken;
    private int unmade;

    PartLine(PackageWorkers workers, int partSize) {
        this.workers = workers;
        this.partSize = partSize;
        this.mostParts = workers.partsInFlight(partSize);
        this.unmade = mostParts;
    }

    /** What a worker does to a buffer. */
    @FunctionalInterface
    interface Work {
        void on(PartBuffer buffer) throws IOException;
    }

    /** Filling end: waits for an empty buffer. */
    PartBuffer acquire() throws IOException {
        throwIfBroken();
        if (idle.isEmpty() && unmade > 0) {
            unmade--;
            return new PartBuffer(partSize);
        }
        try {
            Optional<PartBuffer> buffer = idle.take();
            throwIfBroken();
            return buffer.orElseThrow(() -> new IllegalStateException("woken without a reason"));
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Filling end: lets a worker do {@code work} on the buffer and puts it on the belt. */
    void submit(PartBuffer buffer, Work work) {
        ordered.add(workers.pool().submit(() -> {
            work.on(buffer);
            return Optional.of(buffer);
        }));
    }

    /** Filling end: puts an empty buffer on the belt that says that no part of {@code member} comes any more. */
    void endMember(PartBuffer buffer, Member member) {
        buffer.name(new PartName(member, 0, ""));
        buffer.isEndOfMember = true;
        ordered.add(CompletableFuture.completedFuture(Optional.of(buffer)));
    }

    /** Filling end: nothing more comes. */
    void finish() {
        ordered.add(CompletableFuture.completedFuture(Optional.empty()));
    }

    /** Filling end: nothing more comes, because of {@code cause}; the taking end gets what was put on before. */
    void fail(Throwable cause) {
        ordered.add(CompletableFuture.failedFuture(cause));
    }

    /** Taking end: the next part, worked on; empty at the end. */
    Optional<PartBuffer> take() throws IOException {
        try {
            return ordered.take().get();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        }
    }

    /** Taking end: whether {@link #take} would return without waiting. */
    boolean hasReady() {
        Future<Optional<PartBuffer>> next = ordered.peek();
        return next != null && next.isDone();
    }

    /** Taking end, with a part in its hands: whether all others that there is room for are worked on and wait for it. */
    boolean isBackedUp() {
        return ordered.size() >= mostParts - 1 && ordered.stream().allMatch(Future::isDone);
    }

    /** Gives a buffer back: the taking end when it is done, the filling end when it needs it no more. */
    void release(PartBuffer buffer) {
        buffer.isEndOfMember = false;
        idle.add(Optional.of(buffer));
    }

    /** Taking end: takes no more, because of {@code cause}; the filling end gets it at its next step. */
    void abort(Throwable cause) {
        broken = cause;
        idle.add(Optional.empty());
    }

    /** Throws what {@link #abort} was told. */
    void throwIfBroken() throws IOException {
        Throwable cause = broken;
        if (cause != null) {
            throw rethrown(cause);
        }
    }

    /** Throws {@code cause}, or returns what stands for it when it cannot be thrown here. */
    private static RuntimeException rethrown(@Nullable Throwable cause) throws IOException {
        if (cause instanceof IOException e) {
            throw e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }

    static Cancelled interrupted() {
        Thread.currentThread().interrupt();
        return new Cancelled("the thread was interrupted");
    }
}
