package org.tresccad.instance;

import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.image.Images;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Changes;
import org.tresccad.job.Jobs;
import org.tresccad.job.Progress;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.MemberFailed;
import org.tresccad.vmpackage.PackageInvalid;
import org.tresccad.vmpackage.ReferenceFailed;
import org.tresccad.vmpackage.VmPackage;

/**
 * Unpacks, in the background, what {@link RestoreInstance} has let in, and prepares the guest, paused. {@link
 * ConcludeArrival} does the rest.
 */
public final class ReceivePackage {
    private static final Logger LOG = LoggerFactory.getLogger(ReceivePackage.class);

    /** How long what an instance left here may still be swept away when it comes back under the same id. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(30);

    private final Database database;
    private final Arrivals arrivals;
    private final Images images;
    private final Admission admission;
    private final UnpackInstance unpacking;
    private final ConcludeArrival concluding;
    private final EndArrival ending;
    private final Residues residues;
    private final InstanceLocks locks;
    private final Jobs jobs;
    private final Clock clock;
    private final Changes changes;
    private final Map<Epoch, Running> running = new ConcurrentHashMap<>();

    /** Wires it. */
    public ReceivePackage(
            Database database,
            Arrivals arrivals,
            Images images,
            Admission admission,
            UnpackInstance unpacking,
            ConcludeArrival concluding,
            EndArrival ending,
            Residues residues,
            InstanceLocks locks,
            Jobs jobs,
            Clock clock,
            Changes changes) {
        this.database = database;
        this.arrivals = arrivals;
        this.images = images;
        this.admission = admission;
        this.unpacking = unpacking;
        this.concluding = concluding;
        this.ending = ending;
        this.residues = residues;
        this.locks = locks;
        this.jobs = jobs;
        this.clock = clock;
        this.changes = changes;
    }

    /**
     * Takes an epoch for one restore, from before its row is written; {@link #start} or {@link #vacate} follows.
     *
     * @throws TresccadException CONFLICT when it is being restored here
     */
    void occupy(Epoch epoch) {
        if (running.putIfAbsent(epoch, new Running(new Progress(), new Cancellation())) != null) {
            throw new TresccadException(ErrorKind.CONFLICT, "This package is being restored here already.");
        }
    }

    /** Nothing comes of it. */
    void vacate(Epoch epoch) {
        running.remove(epoch);
    }

    /** Unpacks {@code content} in the background, and closes {@code data} after it. */
    void start(Incoming incoming, VmPackage content, Closeable data) {
        Epoch epoch = incoming.arrival().epoch();
        Running work = running.computeIfAbsent(epoch, e -> new Running(new Progress(), new Cancellation()));
        jobs.start("restore of " + incoming.instance().id(), () -> {
            // A package that is still arriving may keep its reader waiting; closing it ends the wait.
            Cancellation.Registration closer = work.cancellation().onCancel(() -> close(data));
            try (data;
                    closer) {
                receive(incoming, content, work);
            } catch (IOException e) {
                LOG.debug("closing the package failed", e);
            } finally {
                running.remove(epoch);
                admission.release(incoming.arrival().key());
            }
        });
    }

    /** Discards, now and then, what nothing works on because its end could not be journaled: the disk was full, say. */
    public void retry() {
        for (Arrival arrival : arrivals.unfinished()) {
            // Read again when nothing works on it: it may just have become prepared.
            if (!running.containsKey(arrival.epoch())
                    && arrivals.find(arrival.epoch()).orElseThrow().state() == ArrivalState.RECEIVING) {
                ending.discard(arrival, "The package could not be restored; the log of the destination has more.");
            }
        }
    }

    /**
     * Ends the unpacking of an epoch that its source takes back, if it is going on; the arrival is then discarded.
     *
     * @throws TresccadException CONFLICT when no source pushed it here
     */
    public void cancel(Epoch epoch, String why) {
        arrivals.find(epoch).ifPresent(Arrival::requireTellable);
        Optional.ofNullable(running.get(epoch))
                .ifPresent(work -> work.cancellation().cancel(why));
    }

    /** How much of an epoch's package has been unpacked, while that goes on; then 0. */
    public long receivedBytes(Epoch epoch) {
        return Optional.ofNullable(running.get(epoch))
                .map(work -> work.progress().doneBytes())
                .orElse(0L);
    }

    private void receive(Incoming incoming, VmPackage content, Running work) {
        Held lock;
        try {
            lock = locks.await(incoming.instance().id(), LAST_STEPS);
        } catch (TresccadException e) {
            ending.discard(incoming.arrival(), reason(e));
            return;
        }
        try (lock) {
            prepare(incoming, content, work).ifPresent(prepared -> concluding.conclude(prepared, work.cancellation()));
        }
    }

    private Optional<Arrival> prepare(Incoming incoming, VmPackage content, Running work) {
        try {
            // A source that took its move back deletes the image, and then tells whatever has arrived by then. What it
            // did not find is this, which began to arrive between the two: nobody would ever tell it.
            images.get(incoming.caller(), incoming.arrival().image());
            AtomicLong frozenMillis =
                    new AtomicLong(content.manifest().createdAt().toEpochMilli());
            unpacking.unpack(
                    incoming.caller(),
                    incoming.instance(),
                    content,
                    incoming.arrival().isPushed(),
                    () -> frozenMillis.set(clock.millis()),
                    work.progress(),
                    work.cancellation());
            Arrival prepared = incoming.arrival()
                    .frozenAt(Instant.ofEpochMilli(frozenMillis.get()))
                    .in(ArrivalState.PREPARED, Optional.empty(), clock.instant());
            database.execute(transaction -> arrivals.update(transaction, prepared));
            admission.release(prepared.key());
            changes.raise();
            return Optional.of(prepared);
        } catch (IOException | RuntimeException e) {
            LOG.warn(
                    "the package of {} could not be restored",
                    incoming.arrival().epoch(),
                    e);
            if (e instanceof PackageInvalid || e instanceof ReferenceFailed) {
                // If what was kept is what it did not fit together with, the next try must not be made with it again.
                residues.drop(incoming.arrival().epoch().lineage());
            }
            ending.discard(incoming.arrival(), reason(e));
            return Optional.empty();
        }
    }

    private static String reason(Exception e) {
        if (e instanceof TresccadException known) {
            return String.valueOf(known.getMessage());
        }
        if (e instanceof MemberFailed failed) {
            // What the system says may have paths in it; this it says in one way.
            return String.valueOf(failed.getMessage()).contains("No space left")
                    ? "The disk of the host has no room for the package."
                    : "The package could not be written to the disk of the host.";
        }
        return "The package could not be read to its end.";
    }

    private static void close(Closeable data) {
        try {
            data.close();
        } catch (IOException e) {
            LOG.debug("closing the package failed", e);
        }
    }

    private record Running(Progress progress, Cancellation cancellation) {}
}
