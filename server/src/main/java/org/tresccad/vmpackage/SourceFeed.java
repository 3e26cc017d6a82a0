package org.tresccad.vmpackage;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import org.tresccad.job.Cancellation;

/**
 * The writer's second thread: cuts the sources into parts and puts them on the line. Closing it stops the thread, in
 * the middle of a read if need be, and waits for its end.
 */
final class SourceFeed implements AutoCloseable {
    private final PartLine line;
    private final PartCodec codec;
    private final Map<Member, MemberSource> sources;
    private final Optional<BlockIndex> known;
    private final int references;
    private final Thread thread;
    private final Object lock = new Object();
    private Closeable open = () -> {};
    private boolean isStopped;
    private Cancellation.Registration stopper = () -> {};

    /** Parts are given relative to the package's {@code references} references where their blocks are {@code known}. */
    SourceFeed(
            PartLine line,
            PartCodec codec,
            Map<Member, MemberSource> sources,
            Optional<BlockIndex> known,
            int references) {
        this.line = line;
        this.codec = codec;
        this.sources = sources;
        this.known = known;
        this.references = references;
        this.thread = new Thread(this::run, "package-feed");
        this.thread.setDaemon(true);
    }

    /** Starts reading; {@code cancellation} ends a read that waits. */
    void start(Cancellation cancellation) {
        thread.start();
        stopper = cancellation.onCancel(this::stop);
    }

    private void run() {
        try {
            for (Map.Entry<Member, MemberSource> entry : sources.entrySet()) {
                feed(entry.getKey(), entry.getValue());
            }
            line.finish();
        } catch (Throwable e) {
            // Goes to the writer's thread, whatever it is; here is nobody to tell.
            line.fail(e);
        }
    }

    private void feed(Member member, MemberSource source) throws IOException {
        try (InputStream in = source.open()) {
            register(in);
            // It is there to be referred to; and only when it is over, its blocks are known.
            Optional<BlockIndex> blocks = member == Member.AHEAD ? Optional.empty() : known;
            PartCutter cutter = new PartCutter(in, BlockCutter.Cut.of(member), blocks);
            int index = 0;
            boolean isLast = false;
            while (!isLast) {
                PartBuffer buffer = line.acquire();
                cut(member, cutter, buffer);
                isLast = buffer.plainLength < buffer.plain.length;
                if (buffer.plainLength > 0) {
                    if (index == PackageLayout.MAX_PARTS) {
                        throw new IOException("more than " + PackageLayout.MAX_PARTS + " parts");
                    }
                    int number = index++;
                    line.submit(buffer, b -> pack(b, member, number, blocks));
                } else {
                    line.release(buffer);
                }
            }
        } catch (MemberFailed e) {
            throw e;
        } catch (IOException e) {
            throw new MemberFailed(member, e);
        } finally {
            register(() -> {});
        }
    }

    private void pack(PartBuffer buffer, Member member, int number, Optional<BlockIndex> blocks) {
        if (blocks.isPresent()) {
            codec.packRelative(buffer, member, number, blocks.get(), references);
        } else {
            codec.pack(buffer, member, number);
        }
    }

    private static void cut(Member member, PartCutter cutter, PartBuffer buffer) throws MemberFailed {
        try {
            cutter.next(buffer);
        } catch (IOException e) {
            throw new MemberFailed(member, e);
        }
    }

    private void register(Closeable stream) throws IOException {
        synchronized (lock) {
            open = stream;
            if (isStopped) {
                throw new IOException("stopped");
            }
        }
    }

    private void stop() {
        Closeable toClose;
        synchronized (lock) {
            isStopped = true;
            toClose = open;
        }
        thread.interrupt();
        try {
            toClose.close();
        } catch (IOException e) {
            // It is closed to end a read, and the content is given up: nothing depends on how that went.
            return;
        }
    }

    @Override
    public void close() {
        stopper.close();
        stop();
        Threads.joinFully(thread);
    }
}
