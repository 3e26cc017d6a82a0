package org.tresccad.vmpackage;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A sink that also notes in an index which blocks it takes and where they lie, so that this host knows, when the
 * instance leaves again, what the place it came from has of it. That is done beside the sink's own work, which may be
 * waiting for somebody: it costs time only where that is the faster of the two.
 */
public final class IndexingSink implements MemberSink {
    private final Member member;
    private final MemberSink sink;
    private final BlockIndex index;
    private final int reference;

    /**
     * Passes everything on to {@code sink}, and adds the blocks to {@code index}, which nobody else may use until the
     * extraction has ended.
     *
     * @param member whose content it is; says how it is cut
     * @param reference the number to note with each block
     */
    public IndexingSink(Member member, MemberSink sink, BlockIndex index, int reference) {
        this.member = member;
        this.sink = sink;
        this.index = index;
        this.reference = reference;
    }

    @Override
    public Target open() throws IOException {
        Target target = sink.open();
        BlockCutter cutter = new BlockCutter(
                BlockCutter.Cut.of(member),
                (bytes, at, length, offset) -> index.add(bytes, at, length, reference, offset));
        ExecutorService worker = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "package-index");
            thread.setDaemon(true);
            return thread;
        });
        return new Target() {
            @Override
            public void write(byte[] bytes, int length) throws IOException {
                Future<?> indexed = worker.submit(() -> {
                    cutter.accept(bytes, length);
                    return true;
                });
                try {
                    target.write(bytes, length);
                } finally {
                    // They may not be changed before.
                    await(indexed);
                }
            }

            @Override
            public void complete() throws IOException {
                cutter.end();
                target.complete();
            }

            @Override
            public void close() throws IOException {
                worker.shutdown();
                target.close();
            }
        };
    }

    /** Waits without end, also when interrupted: it is a millisecond's work, and the bytes are in use. */
    private static void await(Future<?> indexed) throws IOException {
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    indexed.get();
                    return;
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                } catch (ExecutionException e) {
                    throw new IOException("the blocks could not be indexed", e.getCause());
                }
            }
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
