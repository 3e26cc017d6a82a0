package org.tresccad.migration;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.DeleteInstance;
import org.tresccad.instance.FreezeInstance;
import org.tresccad.instance.Instance;
import org.tresccad.instance.Instances;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Jobs;
import org.tresccad.migration.Peer.ArrivalReport;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.PackageSummary;

/** The end of a move: told and told again until the destination runs the guest, or taken back. */
public final class SettleMove {
    private static final Logger LOG = LoggerFactory.getLogger(SettleMove.class);
    /** How often the first pause between two attempts is doubled. */
    private static final int DOUBLINGS = 7;

    private final Database database;
    private final Instances instances;
    private final Moves moves;
    private final Register register;
    private final FreezeInstance freezing;
    private final DeleteInstance deleting;
    private final Destinations destinations;
    private final Jobs jobs;
    private final Duration firstPause;
    private final Clock clock;

    /** A destination that does not answer is asked again after {@code firstPause}, then after longer ones. */
    public SettleMove(
            Database database,
            Instances instances,
            Moves moves,
            Register register,
            FreezeInstance freezing,
            DeleteInstance deleting,
            Destinations destinations,
            Jobs jobs,
            Duration firstPause,
            Clock clock) {
        this.database = database;
        this.instances = instances;
        this.moves = moves;
        this.register = register;
        this.freezing = freezing;
        this.deleting = deleting;
        this.destinations = destinations;
        this.jobs = jobs;
        this.firstPause = firstPause;
        this.clock = clock;
    }

    /**
     * Tells the destination that the epoch is its own, as often as it takes, until the guest runs there; then removes
     * the instance here. A destination that has given the guest up for ever without letting it run gives it back by
     * saying so. Ends early only when the daemon stops; {@link MoveEngine#recover} goes on.
     *
     * @param stopped {@link System#nanoTime} of the freeze, when it was in this life of the daemon
     * @param sent what the package held, when it was sent in this life of the daemon
     * @param connected a connection to the destination that is there already; the guest stands while another is made
     */
    public void finish(Move claimed, Optional<Long> stopped, Optional<PackageSummary> sent, Optional<Peer> connected) {
        Verdict verdict = database.read(handle -> register.find(handle, claimed.epoch()))
                .flatMap(Register.Entry::verdict)
                .orElseThrow();
        Attempt telling = peer -> {
            ArrivalState state = peer.tell(claimed.epoch(), claimed.nonce(), verdict)
                    .filter(report -> verdict.equals(new Verdict.Claimed(report.claimant())))
                    .map(ArrivalReport::state)
                    .orElse(ArrivalState.RECEIVING);
            return switch (state) {
                case RUNNING -> {
                    Move running = claimed.costing(
                            claimed.figures().bytesSent(),
                            stopped.map(since -> Duration.ofNanos(System.nanoTime() - since)));
                    peer.deleteImage(claimed.packageImage());
                    done(running, sent);
                    yield true;
                }
                case DISCARDED -> {
                    // The guest stands; what is left of its package at the destination does not keep it waiting.
                    tellEnd(returned(claimed));
                    yield true;
                }
                case RECEIVING, PREPARED, ACCEPTED -> false;
            };
        };
        if (connected.filter(peer -> succeeds(telling, claimed, peer)).isEmpty()) {
            repeat(claimed, telling);
        }
    }

    private void done(Move running, Optional<PackageSummary> sent) {
        Optional<Instance> instance = instances.find(running.instance());
        database.execute(transaction -> {
            moves.update(transaction, running.told().in(MoveState.DONE, Optional.empty(), clock.instant()));
            register.remember(transaction, running.epoch());
            instance.ifPresent(i -> {
                if (sent.isPresent()) {
                    deleting.leave(transaction, i);
                } else {
                    deleting.forget(transaction, i);
                }
            });
        });
        LOG.info("move {} of {} to {} is done", running.id(), running.instance(), running.destination());
        try {
            instance.ifPresent(left -> {
                sent.ifPresent(summary -> deleting.keep(left, running.epoch(), summary));
                deleting.sweep(left);
            });
        } catch (RuntimeException e) {
            LOG.error("what is left of {} will be removed at the next start", running.instance(), e);
        }
    }

    private Move returned(Move claimed) {
        LOG.warn("move {}: {} could not start the guest and gives it back", claimed.id(), claimed.destination());
        Move withdrawn = claimed.in(
                MoveState.WITHDRAWN,
                Optional.of("The destination could not start the guest; it runs on here."),
                clock.instant());
        freezing.takeReturned(
                instances.find(claimed.instance()).orElseThrow(), transaction -> moves.update(transaction, withdrawn));
        return withdrawn;
    }

    /** Takes a frozen move back and lets the guest run, unless the register says that it is too late. */
    public void withdraw(Move frozen, String why) {
        Move withdrawn = frozen.in(MoveState.WITHDRAWN, Optional.of(why), clock.instant());
        Instance instance = instances.find(frozen.instance()).orElseThrow();
        Verdict verdict = freezing.withdraw(instance, transaction -> moves.update(transaction, withdrawn));
        if (verdict instanceof Verdict.Withdrawn) {
            tellEnd(withdrawn);
        } else {
            // The claim was durable and its writer did not learn so.
            LOG.warn("move {}: the epoch is claimed; the move goes on", frozen.id());
            moves.find(frozen.id())
                    .filter(move -> move.state() == MoveState.CLAIMED)
                    .ifPresent(move -> finish(move, Optional.empty(), Optional.empty(), Optional.empty()));
        }
    }

    /** Gives back the room that the destination keeps for a move that fails; a destination that does not hear it does so itself. */
    void giveUp(Move failing, Peer peer) {
        try {
            peer.giveUp(failing.epoch(), failing.nonce());
        } catch (TresccadException e) {
            LOG.debug("move {}: the destination keeps its room for some minutes", failing.id(), e);
        }
    }

    /** Gives a move up before its freeze; the guest never noticed. */
    public void fail(Move move, String why) {
        LOG.warn("move {} of {} to {} failed: {}", move.id(), move.instance(), move.destination(), why);
        Move failed = move.in(MoveState.FAILED, Optional.of(why), clock.instant());
        switch (move.state()) {
            case REQUESTED -> moves.update(failed.told());
            case SENDING_AHEAD -> {
                freezing.useUp(
                        move.instance(), move.epoch(), move.nonce(), transaction -> moves.update(transaction, failed));
                tellEnd(failed);
            }
            default -> {
                // The image for the package may be there already.
                moves.update(failed);
                tellEnd(failed);
            }
        }
    }

    /**
     * Has the destination throw away what it has of a move that was withdrawn or failed, in the background and as often
     * as it takes.
     */
    public void tellEnd(Move ended) {
        jobs.start(
                "end of move " + ended.id(),
                () -> repeat(ended, peer -> {
                    if (ended.state() == MoveState.FAILED) {
                        giveUp(ended, peer);
                    }
                    // In this order: a restore that was late and finds the image is there to be told.
                    boolean isDeleted = isDeleted(ended, peer);
                    boolean isOver = (ended.state() == MoveState.FAILED || isOver(ended, peer)) && isDeleted;
                    if (isOver) {
                        moves.update(ended.told());
                    }
                    return isOver;
                }));
    }

    /** A destination that refuses still has to hear the verdict; carrying that out deletes the image, too. */
    private static boolean isDeleted(Move ended, Peer peer) {
        try {
            peer.deleteImage(ended.packageImage());
            return true;
        } catch (TresccadException e) {
            LOG.warn("move {}: its image is not deleted yet: {}", ended.id(), e.getMessage());
            return false;
        }
    }

    /** A destination that is still receiving may yet become prepared; only its end is an end. */
    private boolean isOver(Move ended, Peer peer) {
        Verdict verdict = database.read(handle -> register.find(handle, ended.epoch()))
                .flatMap(Register.Entry::verdict)
                .orElseThrow();
        return peer.tell(ended.epoch(), ended.nonce(), verdict)
                .filter(report -> !report.state().isFinal())
                .isEmpty();
    }

    /** Repeats {@code attempt} with growing pauses until it succeeds, or the daemon stops. */
    private void repeat(Move move, Attempt attempt) {
        Cancellation never = new Cancellation();
        Duration pause = firstPause;
        for (int doubled = 0; true; doubled++) {
            try (Peer peer = destinations.connect(move.project(), move.destination())) {
                if (succeeds(attempt, move, peer)) {
                    return;
                }
            } catch (RuntimeException e) {
                LOG.warn("move {}: {} could not be told: {}", move.id(), move.destination(), e.toString());
            }
            try {
                never.await(pause);
            } catch (Cancelled e) {
                return;
            }
            pause = doubled < DOUBLINGS ? pause.multipliedBy(2) : pause;
        }
    }

    private static boolean succeeds(Attempt attempt, Move move, Peer peer) {
        try {
            if (attempt.succeeds(peer)) {
                return true;
            }
            LOG.info("move {}: {} is not there yet; asking again", move.id(), move.destination());
        } catch (RuntimeException e) {
            LOG.warn("move {}: {} could not be told: {}", move.id(), move.destination(), e.toString());
        }
        return false;
    }

    @FunctionalInterface
    private interface Attempt {
        boolean succeeds(Peer peer);
    }
}
