package org.tresccad.hypervisor.libvirt;

import com.sun.jna.LastErrorException;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.hypervisor.IncomingMemory;
import org.tresccad.hypervisor.MemoryPipe;
import org.tresccad.hypervisor.SaveImageHeader;

/**
 * A named pipe that libvirt restores from as if it were a file. It is open for reading here too, so that libvirt never
 * waits in opening it and a QEMU that dies does not end this process's write; closing it ends both.
 */
final class IncomingPipe implements IncomingMemory {
    private static final Logger log = LoggerFactory.getLogger(IncomingPipe.class);
    private static final int OWNER_ONLY = 0600;
    private static final int HELD_BACK_BYTES = 64 * 1024;
    /** What Linux lets anybody have (fs.pipe-max-size); its default of 64 KiB makes writer and QEMU wait in turns. */
    private static final int PIPE_BYTES = 1 << 20;
    /** {@code O_RDWR | O_NONBLOCK | O_CLOEXEC} and {@code F_SETPIPE_SZ}: the same on x86-64 and 64-bit ARM. */
    private static final int OPEN_FLAGS = 02 | 04000 | 02000000;

    private static final int SET_PIPE_SIZE = 1031;
    private static final int PIECE_BYTES = 1 << 17;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final DomainName name;
    private final Path pipe;
    private final String xml;
    private final FileChannel channel;
    /** Of the same descriptor: only for how much of what was written nobody has taken. */
    private final FileInputStream untaken;

    private final CompletableFuture<Void> restored;
    private final ScheduledExecutorService timer;
    private final Duration patience;
    private final ByteArrayOutputStream start = new ByteArrayOutputStream();
    private final byte[] held = new byte[HELD_BACK_BYTES];
    private int heldLength;
    private boolean isBegun;
    private volatile boolean isComplete;

    private IncomingPipe(
            DomainName name,
            Path pipe,
            String xml,
            FileChannel channel,
            FileInputStream untaken,
            CompletableFuture<Void> restored,
            ScheduledExecutorService timer,
            Duration patience) {
        this.name = name;
        this.pipe = pipe;
        this.xml = xml;
        this.channel = channel;
        this.untaken = untaken;
        this.restored = restored;
        this.timer = timer;
        this.patience = patience;
    }

    /** Restores from a pipe, in the background. */
    @FunctionalInterface
    interface Restore {
        /** Completes when the domain is there, or with why it is not. */
        CompletableFuture<Void> from(Path pipe);
    }

    /**
     * Makes the pipe and begins.
     *
     * @param xml takes the place of the image's own
     * @param patience for one write, and for the end
     */
    static IncomingPipe begin(
            DomainName name,
            Path pipe,
            String xml,
            Restore restore,
            ScheduledExecutorService timer,
            Duration patience) {
        RandomAccessFile ends;
        FileInputStream untaken;
        try {
            LibC.INSTANCE.mkfifo(pipe.toString(), OWNER_ONLY);
            ends = new RandomAccessFile(pipe.toFile(), "rw");
            untaken = new FileInputStream(ends.getFD());
            enlarge(pipe);
        } catch (LastErrorException e) {
            throw new UncheckedIOException(
                    "the pipe for the memory of " + name + " cannot be made", new IOException(e));
        } catch (IOException e) {
            throw new UncheckedIOException("the pipe for the memory of " + name + " cannot be opened", e);
        }
        IncomingPipe incoming =
                new IncomingPipe(name, pipe, xml, ends.getChannel(), untaken, restore.from(pipe), timer, patience);
        // A write waits for a reader; when there will be none any more, it must end.
        var unused = incoming.restored.whenComplete((done, failure) -> incoming.closeChannel());
        return incoming;
    }

    /** The size is the pipe's, not the descriptor's, and stays as long as it is open anywhere. */
    private static void enlarge(Path pipe) {
        int descriptor = LibC.INSTANCE.open(pipe.toString(), OPEN_FLAGS);
        try {
            LibC.INSTANCE.fcntl(descriptor, SET_PIPE_SIZE, PIPE_BYTES);
        } catch (LastErrorException e) {
            log.debug("{} keeps its size, and works more slowly", pipe, e);
        } finally {
            LibC.INSTANCE.close(descriptor);
        }
    }

    @Override
    public void write(byte[] bytes, int length) {
        if (isBegun) {
            pass(bytes, 0, length);
            return;
        }
        start.write(bytes, 0, length);
        byte[] all = start.toByteArray();
        Optional<SaveImageHeader> header = SaveImageHeader.parse(all, all.length);
        if (header.isPresent()) {
            byte[] fresh = header.get().withXml(xml);
            isBegun = true;
            start.reset();
            pass(fresh, 0, fresh.length);
            pass(all, fresh.length, all.length - fresh.length);
        }
    }

    @Override
    public void complete() {
        if (!isBegun) {
            throw new TresccadException(ErrorKind.INVALID_CONTENT, "the memory file cannot be used: it is cut short");
        }
        send(held, 0, heldLength);
        awaitRestored();
        isComplete = true;
    }

    @Override
    public void close() {
        closeChannel();
        if (isComplete) {
            return;
        }
        // With the pipe at its end QEMU gives up, and so does libvirt. One that was just about to open it is let go.
        long end = System.nanoTime() + patience.toNanos();
        while (!restored.isDone() && System.nanoTime() < end) {
            try {
                MemoryPipe.release(pipe);
                TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
            } catch (IOException e) {
                log.warn("the pipe for the memory of {} cannot be released", name, e);
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** All but the last {@link #HELD_BACK_BYTES} of what has come so far goes on. */
    private void pass(byte[] bytes, int at, int length) {
        int due = Math.max(0, heldLength + length - HELD_BACK_BYTES);
        int ofHeld = Math.min(due, heldLength);
        send(held, 0, ofHeld);
        System.arraycopy(held, ofHeld, held, 0, heldLength - ofHeld);
        heldLength -= ofHeld;
        int ofNew = due - ofHeld;
        send(bytes, at, ofNew);
        System.arraycopy(bytes, at + ofNew, held, heldLength, length - ofNew);
        heldLength += length - ofNew;
    }

    private void send(byte[] bytes, int at, int length) {
        if (length == 0) {
            return;
        }
        ScheduledFuture<?> alarm = timer.schedule(this::closeChannel, patience.toMillis(), TimeUnit.MILLISECONDS);
        try {
            int done = 0;
            while (done < length) {
                // Java copies a piece before it writes it; a small one is still in the core's cache then.
                int piece = Math.min(length - done, PIECE_BYTES);
                done += channel.write(ByteBuffer.wrap(bytes, at + done, piece));
            }
        } catch (IOException e) {
            throw failure(e);
        } finally {
            alarm.cancel(false);
        }
    }

    private void awaitRestored() {
        ScheduledFuture<?> end = timer.scheduleWithFixedDelay(
                this::endWhenTaken, LOOK_AGAIN.toMillis(), LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        try {
            restored.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(e);
        } finally {
            end.cancel(false);
        }
    }

    /**
     * Memory that is cut short, although it is all that there is, would have QEMU wait for the rest. Nobody but QEMU
     * takes anything from the pipe, so once that is empty QEMU has it open, and the end of this side is an end for it.
     */
    private void endWhenTaken() {
        try {
            if (channel.isOpen() && untaken.available() == 0) {
                closeChannel();
            }
        } catch (IOException e) {
            log.debug("the pipe for the memory of {} was just closed", name, e);
        }
    }

    /** Why the domain cannot be made, if libvirt has said so; else that it was not made in time. */
    private TresccadException failure(Exception e) {
        if (restored.isCompletedExceptionally()
                && restored.handle((done, failure) -> failure).join() instanceof TresccadException known) {
            return known;
        }
        return new HypervisorUnavailable("could not restore " + name + ": its memory was not taken in", e);
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("closing the pipe for the memory of {} failed", name, e);
        }
    }
}
