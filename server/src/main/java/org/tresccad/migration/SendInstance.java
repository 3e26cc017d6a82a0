package org.tresccad.migration;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.hypervisor.SplicedMemory;
import org.tresccad.image.ImageId;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.Freeze;
import org.tresccad.instance.FreezeInstance;
import org.tresccad.instance.GuestEvent;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.instance.Instances;
import org.tresccad.instance.PackInstance;
import org.tresccad.instance.PrepareGuest;
import org.tresccad.instance.SaveInstance;
import org.tresccad.instance.TaskState;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Interrupts;
import org.tresccad.job.Jobs;
import org.tresccad.job.Measurements;
import org.tresccad.job.Progress;
import org.tresccad.migration.Peer.ArrivalReport;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.AheadBlocks;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.PackageSummary;
import org.tresccad.vmpackage.Reference;

/** The middle of a move, from the freeze to the verdict. Upload and restore overlap. */
public final class SendInstance {
    private static final Logger LOG = LoggerFactory.getLogger(SendInstance.class);
    private static final String UPLOAD_FAILED = "the package could not be sent";
    private static final Duration ASK = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Database database;
    private final Instances instances;
    private final Moves moves;
    private final SendAhead aheading;
    private final PrepareGuest telling;
    private final FreezeInstance freezing;
    private final PackInstance packing;
    private final Register register;
    private final SettleMove settling;
    private final MoveToCloud toCloud;
    private final Jobs jobs;
    private final Patience patience;
    private final Measurements measurements;
    private final Clock clock;

    /**
     * How long a guest is left frozen on the way.
     *
     * @param transfer from the freeze to the last byte sent
     * @param prepare from the last byte sent to the destination being prepared
     */
    public record Patience(Duration transfer, Duration prepare) {}

    /** Wires it; a move that outlasts {@code patience} is taken back. */
    public SendInstance(
            Database database,
            Instances instances,
            Moves moves,
            SendAhead aheading,
            PrepareGuest telling,
            FreezeInstance freezing,
            PackInstance packing,
            Register register,
            SettleMove settling,
            MoveToCloud toCloud,
            Jobs jobs,
            Patience patience,
            Measurements measurements,
            Clock clock) {
        this.database = database;
        this.instances = instances;
        this.moves = moves;
        this.aheading = aheading;
        this.telling = telling;
        this.freezing = freezing;
        this.packing = packing;
        this.register = register;
        this.settling = settling;
        this.toCloud = toCloud;
        this.jobs = jobs;
        this.patience = patience;
        this.measurements = measurements;
        this.clock = clock;
    }

    /**
     * Freezes, sends, and sees the move to its end, one way or the other; the instance's lock is held throughout. With
     * {@link MoveMode#WARM} the destination takes in what it can before the freeze, and so it refuses before the freeze,
     * too.
     *
     * @param turn over once nothing is sent any more
     * @throws TresccadException when the move ended before the freeze; the guest never noticed
     */
    void send(Move checked, InCommon inCommon, Peer peer, Underway underway, Turns.Turn turn) {
        Cancellation cancellation = underway.cancellation();
        cancellation.throwIfCancelled();
        Map<String, String> properties = new HashMap<>();
        if (!(peer instanceof DecidingPeer)) {
            properties.put("tresccad_move", checked.id().toString());
            // Unpacked while it arrives, and of no use afterwards: the destination need not keep it.
            properties.put("tresccad_passing", "true");
        }
        peer.createPackage(checked.packageImage(), checked.instanceName(), withIdentity(checked, properties));
        Instance instance = instances.find(checked.instance()).orElseThrow(() -> Instances.missing(checked.instance()));
        // Memory is copied from a running guest only; its user may have paused it since the plan was made.
        boolean goesAhead =
                checked.plan().filter(plan -> plan.mode() == MoveMode.WARM).isPresent()
                        && instance.status() == InstanceStatus.ACTIVE;
        Shipment shipment;
        try {
            if (!goesAhead) {
                // Before the manifest, whose time stands for that of the freeze.
                tell(checked, instance, cancellation);
            }
            shipment = prepare(checked, instance, inCommon, goesAhead, underway);
        } catch (RuntimeException e) {
            telling.cancelled(checked.instance());
            throw e;
        }
        Move running = checked;
        if (goesAhead) {
            running = checked.in(MoveState.SENDING_AHEAD, Optional.empty(), clock.instant());
            moves.update(running);
            load(checked, shipment, peer);
            try {
                restore(checked, peer, cancellation);
                aheading.send(
                        instance,
                        shipment.ahead.orElseThrow(),
                        new SendAhead.Goal(
                                underway.longEnough(),
                                checked.plan().orElseThrow().predicted()),
                        () -> receivedBytes(checked, peer, shipment),
                        cancellation);
                sendMemoryAhead(checked, shipment, peer);
                tell(checked, instance, cancellation);
            } catch (RuntimeException e) {
                telling.cancelled(checked.instance());
                throw givenUp(running, shipment, peer, e);
            }
        }
        Move frozen = running.in(MoveState.FROZEN, Optional.empty(), clock.instant());
        Instance marked;
        try {
            marked = freezing.open(
                    checked.instance(),
                    TaskState.MIGRATING,
                    checked.epoch(),
                    checked.nonce(),
                    transaction -> moves.update(transaction, frozen));
        } catch (RuntimeException e) {
            telling.cancelled(checked.instance());
            throw givenUp(running, shipment, peer, e);
        }
        handOver(frozen, marked, shipment, peer, turn);
    }

    /** Until the destination has given it to its QEMU: else the frozen guest would wait for that. */
    private void sendMemoryAhead(Move move, Shipment shipment, Peer peer) {
        AheadBlocks ahead = shipment.ahead.orElseThrow();
        ahead.close();
        long due;
        try {
            due = packing.bytesAhead(shipment.instance, shipment.manifest, ahead);
        } catch (IOException e) {
            throw new TresccadException(
                    ErrorKind.UNAVAILABLE, "The guest could not be sent ahead of its freeze; it runs on.", e);
        }
        while (receivedBytes(move, peer, shipment) < due) {
            shipment.cancellation().await(LOOK_AGAIN);
        }
    }

    private void tell(Move move, Instance instance, Cancellation cancellation) {
        telling.announce(instance, GuestEvent.Cause.MOVE, Optional.of(move.destination()), cancellation);
    }

    /** While the lock is held, for the epoch may have to be used up. */
    private RuntimeException givenUp(Move running, Shipment shipment, Peer peer, RuntimeException e) {
        shipment.freeze.abandon();
        aheading.drop(shipment.instance);
        RuntimeException why = shipment.reasonFor(running, peer, e);
        if (running.state() == MoveState.SENDING_AHEAD) {
            Interrupts.heldBack(() -> settling.fail(running, reason(why)));
        }
        return why;
    }

    private void handOver(Move frozen, Instance marked, Shipment shipment, Peer peer, Turns.Turn turn) {
        Progress progress = shipment.progress();
        long stopped = System.nanoTime();
        shipment.underway.limit().lift();
        Move claimed;
        try {
            aheading.drop(marked);
            freezing.begin(marked, shipment.freeze);
            if (shipment.ahead.isEmpty()) {
                load(frozen, shipment, peer);
                if (!(peer instanceof DecidingPeer)) {
                    restore(frozen, peer, shipment.cancellation());
                }
            }
            if (peer instanceof DecidingPeer cloud) {
                claimed = awaitClaim(frozen, shipment, cloud);
            } else {
                ArrivalReport prepared = awaitPrepared(frozen, peer, shipment.upload, shipment.cancellation());
                LOG.info("move {}: prepared {} ms after the stop", frozen.id(), millisSince(stopped));
                // Until the destination runs it, the guest has to survive a power cut here.
                shipment.freeze.awaitWritten();
                // Whoever cancelled until now was told that the guest stays; whoever does so later is told that it is
                // too late.
                shipment.cancellation().commit();
                claimed = claim(frozen, prepared, progress);
            }
            LOG.info("move {}: claimed {} ms after the stop", frozen.id(), millisSince(stopped));
        } catch (RuntimeException e) {
            RuntimeException why = shipment.reasonFor(frozen, peer, e);
            LOG.warn("move {} is taken back", frozen.id(), why);
            shipment.freeze.awaitEnd();
            // A daemon that stops interrupts its jobs; the guest must not stand until the next start.
            Interrupts.heldBack(
                    () -> settling.withdraw(frozen.costing(progress.doneBytes(), Optional.empty()), reason(why)));
            dropPackage(frozen, frozen.packageImage(), peer);
            return;
        }
        turn.close();
        settling.finish(claimed, Optional.of(stopped), Optional.of(shipment.upload.join()), Optional.of(peer));
    }

    /** A destination that gives a package up refuses the rest of the upload first, and says why when it is asked. */
    private static RuntimeException asTold(Move move, Peer peer, RuntimeException why) {
        boolean isRefused = why instanceof TresccadException known && known.kind() == ErrorKind.CONFLICT;
        if (!isRefused || peer instanceof DecidingPeer) {
            return why;
        }
        try {
            return peer.arrival(move.epoch(), move.nonce(), ArrivalState.RECEIVING, Duration.ZERO)
                    .filter(arrival -> arrival.state() == ArrivalState.DISCARDED)
                    .flatMap(ArrivalReport::error)
                    .map(SendInstance::givenUpThere)
                    .orElse(why);
        } catch (TresccadException e) {
            LOG.debug("move {}: {} does not say why", move.id(), move.destination(), e);
            return why;
        }
    }

    private static RuntimeException givenUpThere(String why) {
        return new TresccadException(ErrorKind.CONFLICT, "The destination gave the package up: " + why);
    }

    /**
     * A cloud restores what is complete, and may run it as soon as it has been asked to; so the guest is on this host's disk
     * before. It needs about as long to fetch the package as that was on its way there.
     */
    private Move awaitClaim(Move frozen, Shipment shipment, DecidingPeer cloud) {
        long begunAt = System.nanoTime();
        try {
            shipment.upload.get(patience.transfer().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Cancelled("the daemon is stopping");
        } catch (TimeoutException e) {
            throw tooSlow();
        } catch (ExecutionException e) {
            LOG.debug("move {}: the upload failed", frozen.id(), e);
        }
        join(shipment.upload);
        shipment.freeze.awaitWritten();
        // From here on the cloud may claim at any time.
        shipment.cancellation().commit();
        Duration sending = Duration.ofNanos(System.nanoTime() - begunAt);
        return toCloud.awaitClaim(
                frozen.costing(shipment.progress().doneBytes(), Optional.empty()),
                cloud,
                patience.prepare().plus(sending.multipliedBy(2)),
                shipment.cancellation());
    }

    private TresccadException tooSlow() {
        return new TresccadException(
                ErrorKind.TIMEOUT,
                "The package did not reach the destination within "
                        + patience.transfer().toSeconds()
                        + " s, the time that migration.package_timeout gives.");
    }

    private static void restore(Move move, Peer peer, Cancellation cancellation) {
        InstanceId remote = peer.restore(move.packageImage(), cancellation);
        LOG.info("move {}: {} prepares {}", move.id(), move.destination(), remote);
    }

    private Shipment prepare(Move move, Instance instance, InCommon inCommon, boolean goesAhead, Underway underway) {
        List<Reference> references = new ArrayList<>(inCommon.references());
        if (goesAhead) {
            references.add(new Reference.Ahead());
        }
        Manifest described =
                packing.describe(instance, move.epoch(), move.nonce()).relativeTo(references);
        boolean isMemoryAhead = goesAhead && described.hardware().memoryMib() <= SplicedMemory.MOST_GUEST_MIB;
        Manifest manifest = toCloud.describe(move, isMemoryAhead ? described.withMemoryAhead() : described);
        return new Shipment(
                instance,
                manifest,
                inCommon.known(),
                goesAhead ? Optional.of(packing.ahead(manifest, inCommon.known())) : Optional.empty(),
                freezing.prepare(instance),
                new CompletableFuture<>(),
                underway);
    }

    /** Begins to write the package to the destination; where it needs the freeze, it waits for that. */
    private void load(Move move, Shipment shipment, Peer peer) {
        Progress progress = shipment.progress();
        jobs.start("upload of move " + move.id(), () -> {
            long begunAt = System.nanoTime();
            AtomicReference<@Nullable PackageSummary> summary = new AtomicReference<>();
            try {
                peer.uploadPackage(
                        move.packageImage(),
                        out -> summary.set(packing.write(
                                shipment.instance,
                                shipment.freeze,
                                shipment.manifest,
                                shipment.known,
                                shipment.ahead,
                                shipment.underway.limit().over(out),
                                new Progress(),
                                shipment.cancellation())),
                        progress,
                        shipment.cancellation());
                LOG.info("move {}: uploaded", move.id());
                shipment.upload.complete(Objects.requireNonNull(summary.get()));
            } catch (RuntimeException | IOException | Error e) {
                shipment.upload.completeExceptionally(e);
                // Whoever waits for the destination to see the package would wait for ever.
                shipment.cancellation().cancel(UPLOAD_FAILED);
            } finally {
                measurements.transferred(
                        Measurements.Direction.SENT,
                        progress.doneBytes(),
                        Duration.ofNanos(System.nanoTime() - begunAt));
            }
        });
    }

    private long receivedBytes(Move move, Peer peer, Shipment shipment) {
        ArrivalReport report = peer.arrival(move.epoch(), move.nonce(), ArrivalState.RECEIVING, Duration.ZERO)
                .filter(arrival -> !arrival.state().isFinal())
                .orElseThrow(() -> new TresccadException(ErrorKind.CONFLICT, "The destination gave the package up."));
        if (shipment.upload.isCompletedExceptionally()) {
            join(shipment.upload);
        }
        return report.receivedBytes();
    }

    /** A package on its way. */
    private record Shipment(
            Instance instance,
            Manifest manifest,
            BlockIndex known,
            Optional<AheadBlocks> ahead,
            Freeze freeze,
            CompletableFuture<PackageSummary> upload,
            Underway underway) {

        Progress progress() {
            return underway.progress();
        }

        Cancellation cancellation() {
            return underway.cancellation();
        }

        /** Ends it, and says why: what failed first is the better reason, and whoever wanted it ended gave the best. */
        RuntimeException reasonFor(Move move, Peer peer, RuntimeException failure) {
            Optional<String> wish = cancellation().reason().filter(why -> !why.equals(UPLOAD_FAILED));
            boolean uploadFailedFirst = upload.isCompletedExceptionally();
            cancellation().cancel("the move failed");
            if (wish.isPresent()) {
                return new Cancelled(wish.get());
            }
            if (uploadFailedFirst) {
                try {
                    join(upload);
                } catch (RuntimeException e) {
                    return asTold(move, peer, e);
                }
            }
            return asTold(move, peer, failure);
        }
    }

    private ArrivalReport awaitPrepared(
            Move move, Peer peer, CompletableFuture<PackageSummary> upload, Cancellation cancellation) {
        long begunAt = System.nanoTime();
        long uploadedAt = 0;
        while (true) {
            cancellation.throwIfCancelled();
            Optional<ArrivalReport> report =
                    peer.arrival(move.epoch(), move.nonce(), ArrivalState.RECEIVING, shorter(ASK, patience.transfer()));
            switch (report.map(ArrivalReport::state).orElse(ArrivalState.DISCARDED)) {
                case PREPARED -> {
                    join(upload);
                    return report.orElseThrow();
                }
                case RECEIVING -> {
                    if (upload.isDone()) {
                        join(upload);
                        uploadedAt = uploadedAt == 0 ? System.nanoTime() : uploadedAt;
                        if (System.nanoTime() - uploadedAt > patience.prepare().toNanos()) {
                            throw new TresccadException(
                                    ErrorKind.TIMEOUT, "The destination did not prepare the guest in time.");
                        }
                    } else if (System.nanoTime() - begunAt > patience.transfer().toNanos()) {
                        throw tooSlow();
                    }
                }
                case ACCEPTED, RUNNING, DISCARDED ->
                    throw givenUpThere(report.flatMap(ArrivalReport::error).orElse("it does not know it any more."));
            }
        }
    }

    /** Writes the claim the prepared destination has sent through us, together with the journal, in one transaction. */
    private Move claim(Move frozen, ArrivalReport prepared, Progress progress) {
        Verdict ours = new Verdict.Claimed(prepared.claimant());
        Move claimed = frozen.costing(progress.doneBytes(), Optional.empty())
                .towards(prepared.instance())
                .in(MoveState.CLAIMED, Optional.empty(), clock.instant());
        database.execute(transaction -> {
            Verdict standing = register.decide(transaction, frozen.epoch(), ours);
            if (!standing.equals(ours)) {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "The epoch was decided otherwise before the destination was prepared.");
            }
            moves.update(transaction, claimed);
        });
        return claimed;
    }

    /** A destination that never accepted the package would keep what came of it, for it knows of no move. */
    private void dropPackage(Move move, ImageId image, Peer peer) {
        try {
            peer.deleteImage(image);
        } catch (TresccadException e) {
            LOG.warn("move {}: image {} may be left at {}: {}", move.id(), image, move.destination(), e.getMessage());
        }
    }

    private static long millisSince(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime).toMillis();
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Map<String, String> withIdentity(Move move, Map<String, String> properties) {
        properties.putAll(SaveInstance.properties(move.instance(), move.epoch()));
        return properties;
    }

    private static void join(CompletableFuture<PackageSummary> upload) {
        try {
            upload.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TresccadException known) {
                throw known;
            }
            throw new TresccadException(ErrorKind.UNAVAILABLE, "The package could not be sent to its end.", e);
        }
    }

    private static String reason(RuntimeException e) {
        return e instanceof TresccadException known
                ? String.valueOf(known.getMessage())
                : "An unexpected error; the log of the source has more.";
    }
}
