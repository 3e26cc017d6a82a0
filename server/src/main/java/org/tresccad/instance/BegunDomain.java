package org.tresccad.instance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.SaveImageHeader;
import org.tresccad.hypervisor.SplicedMemory;
import org.tresccad.image.Overlays;
import org.tresccad.image.StoredContent;
import org.tresccad.vmpackage.MemberSink;

/** A domain that has been given the memory of a guest that still runs. */
final class BegunDomain implements AutoCloseable {
    private final DomainSpec spec;
    private final SplicedMemory memory;
    private final Overlays.Layout disk;
    private final Runnable forgotten;

    /**
     * One that waits for its memory.
     *
     * @param disk the layout of the disk that it has open
     * @param forgotten run when its memory's pages need not be known any more
     */
    BegunDomain(DomainSpec spec, SplicedMemory memory, Overlays.Layout disk, Runnable forgotten) {
        this.spec = spec;
        this.memory = memory;
        this.disk = disk;
        this.forgotten = forgotten;
    }

    /** Whether it is the domain that such a guest would get. */
    boolean isFor(DomainSpec other) {
        return spec.equals(other);
    }

    /**
     * Whether the disk that has come can take the place of the one it has open: QEMU forbids to change it now, and takes it
     * for one of that layout.
     */
    boolean takes(Path arrived, StoredContent base) {
        return disk.isThatOf(arrived, base);
    }

    /** Takes what the frozen guest's memory is; {@code diskIsDurable} returns once the disk is on the disk. */
    MemberSink.Target rest(DiskDurable diskIsDurable) {
        return new MemberSink.Target() {
            @Override
            public void write(byte[] bytes, int length) {
                memory.writeSecond(bytes, length);
            }

            @Override
            public void complete() throws IOException {
                diskIsDurable.await();
                memory.complete();
            }

            @Override
            public void close() {
                memory.close();
            }
        };
    }

    @Override
    public void close() {
        memory.close();
        forgotten.run();
    }

    /** Waits for a disk that is being made durable. */
    @FunctionalInterface
    interface DiskDurable {
        /** Returns when it is. */
        void await() throws IOException;
    }

    /** Makes such a domain, once the start of its memory has said what it has to be. */
    @FunctionalInterface
    interface Maker {
        /** Makes it, and has it kept for whoever gives it the rest. */
        BegunDomain begin(SaveImageHeader header) throws IOException;
    }

    /** Takes memory that was sent ahead, and gives it to a domain. When that fails, nothing is lost but time. */
    static final class Ahead implements MemberSink.Target {
        private final Maker maker;
        private final Consumer<Exception> givenUp;
        private final ByteArrayOutputStream start = new ByteArrayOutputStream();
        private Optional<BegunDomain> domain = Optional.empty();
        private boolean isGivenUp;

        /** {@code givenUp} is told why, and has to remove what was made. */
        Ahead(Maker maker, Consumer<Exception> givenUp) {
            this.maker = maker;
            this.givenUp = givenUp;
        }

        @Override
        public void write(byte[] bytes, int length) {
            if (isGivenUp) {
                return;
            }
            try {
                if (domain.isPresent()) {
                    domain.get().memory.writeFirst(bytes, length);
                    return;
                }
                start.write(bytes, 0, length);
                byte[] all = start.toByteArray();
                Optional<SaveImageHeader> header = SaveImageHeader.parse(all, all.length);
                if (header.isPresent()) {
                    start.reset();
                    domain = Optional.of(maker.begin(header.get()));
                    domain.get().memory.writeFirst(all, all.length);
                }
            } catch (IOException | RuntimeException e) {
                giveUp(e);
            }
        }

        @Override
        public void complete() {
            if (domain.isPresent() && !isGivenUp) {
                try {
                    domain.get().memory.endFirst();
                } catch (TresccadException e) {
                    giveUp(e);
                }
            }
        }

        @Override
        public void close() {
            // What was begun is gone on with, or ends with the package.
        }

        private void giveUp(Exception why) {
            isGivenUp = true;
            givenUp.accept(why);
        }
    }
}
