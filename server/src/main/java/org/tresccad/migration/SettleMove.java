package org.tresccad.migration;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.DeleteInstance;
import org.tresccad.instance.FreezeInstance;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.instance.Instances;
import org.tresccad.instance.Quarantine;
import org.tresccad.instance.Reclaims;
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
    /** Of how many epochs of a lineage somebody is asked who refuses it. */
    private static final int MOST_ASKED = 10;

    /** How a destination sounds that does not answer, or is not among the project's any more. */
    private static final Set<ErrorKind> LOST =
            Set.of(ErrorKind.UNAVAILABLE, ErrorKind.TIMEOUT, ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST);

    private final Database database;
    private final Instances instances;
    private final Moves moves;
    private final Register register;
    private final FreezeInstance freezing;
    private final DeleteInstance deleting;
    private final Destinations destinations;
    private final Reclaims reclaims;
    private final Quarantine quarantine;
    private final MoveToCloud toCloud;
    private final Jobs jobs;
    private final Duration firstPause;
    private final Clock clock;
    private final Map<MoveId, Cancellation> telling = new ConcurrentHashMap<>();
    private final Set<MoveId> reclaimed = ConcurrentHashMap.newKeySet();

    /** A destination that does not answer is asked again after {@code firstPause}, then after longer ones. */
    public SettleMove(
            Database database,
            Instances instances,
            Moves moves,
            Register register,
            FreezeInstance freezing,
            DeleteInstance deleting,
            Destinations destinations,
            Reclaims reclaims,
            Quarantine quarantine,
            MoveToCloud toCloud,
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
        this.reclaims = reclaims;
        this.quarantine = quarantine;
        this.toCloud = toCloud;
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
        Attempt telling = toCloud.isElsewhere(claimed)
                ? peer -> endsInCloud(claimed, stopped, sent, peer)
                : telling(claimed, stopped, sent);
        if (connected.filter(peer -> succeeds(telling, claimed, peer)).isEmpty()) {
            repeat(claimed, telling);
        }
    }

    /** A cloud that decides by itself is not told anything. */
    private boolean endsInCloud(Move claimed, Optional<Long> stopped, Optional<PackageSummary> sent, Peer peer) {
        return switch (toCloud.end(claimed, peer)) {
            case RUNNING -> {
                Move running = claimed.costing(claimed.figures().bytesSent(), since(stopped));
                peer.deleteImage(claimed.packageImage());
                done(running, sent);
                yield true;
            }
            case RETURNED -> {
                giveBack(claimed);
                yield true;
            }
            case OPEN -> false;
        };
    }

    private static Optional<Duration> since(Optional<Long> stopped) {
        return stopped.map(then -> Duration.ofNanos(System.nanoTime() - then));
    }

    private Attempt telling(Move claimed, Optional<Long> stopped, Optional<PackageSummary> sent) {
        Verdict verdict = database.read(handle -> register.find(handle, claimed.epoch()))
                .flatMap(Register.Entry::verdict)
                .orElseThrow();
        return peer -> {
            ArrivalState state = peer.tell(claimed.epoch(), claimed.nonce(), verdict)
                    .filter(report -> verdict.equals(new Verdict.Claimed(report.claimant())))
                    .map(ArrivalReport::state)
                    .orElse(ArrivalState.RECEIVING);
            return switch (state) {
                case RUNNING -> {
                    Move running = claimed.costing(claimed.figures().bytesSent(), since(stopped));
                    peer.deleteImage(claimed.packageImage());
                    done(running, sent);
                    yield true;
                }
                case DISCARDED -> {
                    // The guest stands; what is left of its package at the destination does not keep it waiting.
                    giveBack(claimed);
                    yield true;
                }
                case RECEIVING, PREPARED, ACCEPTED -> false;
            };
        };
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

    /** Nothing happens when its owner has reclaimed the guest while the destination was asked: it runs here then. */
    private void giveBack(Move claimed) {
        if (moves.find(claimed.id()).filter(SettleMove::isClaimed).isPresent()) {
            tellEnd(returned(claimed));
        }
    }

    private static boolean isClaimed(Move move) {
        return move.state() == MoveState.CLAIMED;
    }

    private Move returned(Move claimed) {
        LOG.warn("move {}: {} could not start the guest and gives it back", claimed.id(), claimed.destination());
        Move withdrawn = claimed.in(
                MoveState.WITHDRAWN,
                Optional.of("The destination could not start the guest; it runs on here."),
                clock.instant());
        freezing.takeReturned(instances.find(claimed.instance()).orElseThrow(), transaction -> {
            // A reclaim may have been first; then all of this is undone.
            if (moves.find(transaction, claimed.id())
                    .filter(SettleMove::isClaimed)
                    .isEmpty()) {
                throw new TresccadException(ErrorKind.CONFLICT, "Move " + claimed.id() + " has ended otherwise.");
            }
            moves.update(transaction, withdrawn);
        });
        return withdrawn;
    }

    /**
     * Gives up the destination of a claimed move, which is lost for ever: the epoch is raised and decided for this host,
     * and the guest goes on from the memory and disk that were kept. From here on it is not promised that nobody else runs
     * it, should the destination not be lost after all; it is told as soon as it answers.
     *
     * @param lock takes the instance's lock, which whoever tells the destination gives up
     * @throws TresccadException CONFLICT when the move is not claimed, or the destination answers
     */
    void reclaim(MoveId id, Supplier<Held> lock) {
        reclaimed.add(id);
        try {
            Optional.ofNullable(telling.get(id)).ifPresent(teller -> teller.cancel("its owner reclaims it"));
            Held held = lock.get();
            try (held) {
                Move claimed = moves.find(id)
                        .filter(move -> move.state() == MoveState.CLAIMED)
                        .orElseThrow(() -> new TresccadException(ErrorKind.CONFLICT, "The move is over."));
                requireLost(claimed);
                tellEnd(takenFromTheLost(claimed));
            }
        } finally {
            reclaimed.remove(id);
        }
    }

    private Move takenFromTheLost(Move claimed) {
        LOG.warn("move {}: {} is given up; the guest goes on here", claimed.id(), claimed.destination());
        Move withdrawn = claimed.in(
                MoveState.WITHDRAWN,
                Optional.of("Its owner gave the destination up; the guest goes on here at a raised epoch."),
                clock.instant());
        freezing.takeFromTheLost(
                instances.find(claimed.instance()).orElseThrow(),
                claimed.nonce(),
                transaction -> moves.update(transaction, withdrawn));
        return withdrawn;
    }

    /** A destination that is set up anew answers, and does not know the epoch; one that knows it is not lost. */
    private void requireLost(Move claimed) {
        try (Peer peer = destinations.connect(claimed.project(), claimed.destination())) {
            Optional<String> known = toCloud.isElsewhere(claimed)
                    ? toCloud.standing(claimed, peer).map(standing -> "its register has decided about")
                    : peer.arrival(claimed.epoch(), claimed.nonce(), ArrivalState.DISCARDED, Duration.ZERO)
                            .map(report -> "is " + report.state() + " with");
            known.ifPresent(how -> {
                throw new TresccadException(
                        ErrorKind.CONFLICT,
                        "'" + claimed.destination() + "' answers, and " + how + " the instance; the move goes on.");
            });
        } catch (TresccadException e) {
            if (!LOST.contains(e.kind())) {
                throw e;
            }
            LOG.warn("move {}: {} cannot be asked: {}", claimed.id(), claimed.destination(), e.getMessage());
        }
    }

    /**
     * Asks a host, which refuses an instance of ours, what it knows of the lineage: perhaps its owner reclaimed it there,
     * and what runs here must not. Believed is only who had one of its packages.
     */
    void askForNewer(Instance refused, Peer peer) {
        try {
            database.read(handle -> register.newest(handle, refused.epoch().lineage(), MOST_ASKED)).stream()
                    .flatMapToLong(handed -> peer.newest(handed.epoch(), handed.nonce()).stream())
                    .filter(newest -> newest > refused.epoch().number())
                    .findFirst()
                    .ifPresent(newest -> quarantine.learn(refused.epoch().lineage(), newest));
        } catch (TresccadException e) {
            LOG.debug("{} is not asked about newer epochs", refused.id(), e);
        }
    }

    /** Takes a frozen move back and lets the guest run, unless the register says that it is too late. */
    public void withdraw(Move frozen, String why) {
        Move withdrawn = frozen.in(MoveState.WITHDRAWN, Optional.of(why), clock.instant());
        if (toCloud.isElsewhere(frozen) && !isWithdrawnInCloud(frozen, why)) {
            return;
        }
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

    /**
     * Whether the register elsewhere has given the epoch back. While it does not answer, the guest stands, and {@link
     * MoveEngine#retry} asks again; one that was claimed goes on to its end.
     */
    private boolean isWithdrawnInCloud(Move frozen, String why) {
        Verdict verdict;
        try {
            verdict = toCloud.withdraw(frozen);
        } catch (TresccadException e) {
            LOG.warn(
                    "move {} cannot be taken back yet ({}); its guest stands until {} answers: {}",
                    frozen.id(),
                    why,
                    frozen.destination(),
                    e.getMessage());
            moves.update(frozen.because(why));
            return false;
        }
        if (verdict instanceof Verdict.Claimed by) {
            LOG.warn("move {}: the cloud has claimed it; the move goes on", frozen.id());
            finish(toCloud.claimed(frozen, by), Optional.empty(), Optional.empty(), Optional.empty());
            return false;
        }
        return true;
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
                    tellReclaimed(ended, peer);
                    boolean isDeleted = isDeleted(ended, peer);
                    toCloud.clean(ended, peer);
                    boolean isOver = (ended.state() == MoveState.FAILED || isOver(ended, peer)) && isDeleted;
                    if (isOver) {
                        learnReclaimed(ended, peer);
                        moves.update(ended.told());
                    }
                    return isOver;
                }));
    }

    /** A destination that was given up and is there after all must not run what it has. */
    private void tellReclaimed(Move ended, Peer peer) {
        reclaims.raised(ended.epoch()).ifPresent(raised -> {
            try {
                peer.supersede(ended.epoch(), ended.nonce(), raised);
            } catch (TresccadException e) {
                if (e.kind() != ErrorKind.NOT_FOUND) {
                    throw e;
                }
                LOG.debug("{} has nothing of the epoch any more", ended.destination(), e);
            }
        });
    }

    /** A destination that could not hear the source may have been made to go on without it. */
    private void learnReclaimed(Move ended, Peer peer) {
        peer.newest(ended.epoch(), ended.nonce()).stream()
                .filter(newest -> newest > ended.epoch().number())
                .forEach(newest -> quarantine.learn(ended.epoch().lineage(), newest));
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
        Cancellation ended = new Cancellation();
        telling.put(move.id(), ended);
        try {
            repeat(move, attempt, ended);
        } finally {
            telling.remove(move.id(), ended);
        }
    }

    private void repeat(Move move, Attempt attempt, Cancellation ended) {
        if (reclaimed.contains(move.id()) && move.state() == MoveState.CLAIMED) {
            return;
        }
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
                ended.await(pause);
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
