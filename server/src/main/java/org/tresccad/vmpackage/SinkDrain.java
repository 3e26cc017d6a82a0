package org.tresccad.vmpackage;

import java.io.IOException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** The reader's second thread: takes verified parts off the line and writes them to the sinks, one sink at a time. */
final class SinkDrain {
    private final PartLine line;
    private final NavigableMap<Member, MemberSink> waiting;
    private final Progress progress;
    private final Cancellation cancellation;
    private final Thread thread;
    private final CountDownLatch aheadOver = new CountDownLatch(1);
    private Optional<Opened> current = Optional.empty();

    private record Opened(Member member, MemberSink.Target target) {}

    private SinkDrain(PartLine line, Map<Member, MemberSink> sinks, Progress progress, Cancellation cancellation) {
        this.line = line;
        this.waiting = new TreeMap<>(sinks);
        this.progress = progress;
        this.cancellation = cancellation;
        this.thread = new Thread(this::run, "package-drain");
        this.thread.setDaemon(true);
    }

    static SinkDrain start(PartLine line, Map<Member, MemberSink> sinks, Progress progress, Cancellation cancellation) {
        SinkDrain drain = new SinkDrain(line, sinks, progress, cancellation);
        drain.thread.start();
        return drain;
    }

    /** Waits until everything on the line is written or has failed, and all sinks are closed. */
    void join() {
        Threads.joinFully(thread);
    }

    private void run() {
        try {
            try {
                for (Optional<PartBuffer> part = line.take(); part.isPresent(); part = line.take()) {
                    cancellation.throwIfCancelled();
                    if (part.get().isEndOfMember) {
                        end(part.get());
                    } else {
                        write(part.get());
                    }
                }
                while (!waiting.isEmpty()) {
                    openNext();
                }
                completeCurrent();
            } finally {
                closeCurrent();
            }
        } catch (Throwable e) {
            // The reader's thread throws it; here is nobody to tell.
            line.abort(e);
        } finally {
            aheadOver.countDown();
        }
    }

    /** Waits until the sink of {@link Member#AHEAD}, whose end was put on the line, is complete, or all has failed. */
    void awaitAhead() throws IOException {
        try {
            aheadOver.await();
        } catch (InterruptedException e) {
            throw PartLine.interrupted();
        }
        line.throwIfBroken();
    }

    private void end(PartBuffer mark) throws IOException {
        reach(mark.name().member());
        completeCurrent();
        line.release(mark);
        if (mark.name().member() == Member.AHEAD) {
            aheadOver.countDown();
        }
    }

    private void write(PartBuffer part) throws IOException {
        Member member = part.name().member();
        Opened opened = reach(member);
        try {
            opened.target().write(part.plain, part.plainLength);
        } catch (IOException e) {
            throw new MemberFailed(member, e);
        }
        progress.add(part.plainLength);
        line.release(part);
    }

    private Opened reach(Member member) throws IOException {
        // Members before it that had no part at all are empty, but they are there.
        while (current.isEmpty() || current.get().member() != member) {
            openNext();
        }
        return current.get();
    }

    private void openNext() throws IOException {
        completeCurrent();
        Map.Entry<Member, MemberSink> next = waiting.pollFirstEntry();
        if (next == null) {
            throw new IllegalStateException("a part of a member without a sink");
        }
        try {
            current = Optional.of(new Opened(next.getKey(), next.getValue().open()));
        } catch (IOException e) {
            throw new MemberFailed(next.getKey(), e);
        }
    }

    private void completeCurrent() throws IOException {
        if (current.isPresent()) {
            try {
                current.get().target().complete();
            } catch (IOException e) {
                throw new MemberFailed(current.get().member(), e);
            }
        }
        closeCurrent();
    }

    private void closeCurrent() throws IOException {
        Optional<Opened> closing = current;
        current = Optional.empty();
        if (closing.isPresent()) {
            try {
                closing.get().target().close();
            } catch (IOException e) {
                throw new MemberFailed(closing.get().member(), e);
            }
        }
    }
}
