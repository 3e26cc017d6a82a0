package org.tresccad.migration;

import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.CannotRunHere;
import org.tresccad.instance.InstanceLocks;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.instance.Instances;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Jobs;
import org.tresccad.job.Measurements;
import org.tresccad.job.Progress;

/**
 * Drives moves from the source. Each step is journaled before it is acted on, so that after a crash at any point
 * {@link #recover} knows what to do: before the freeze, forget the move; frozen, take it back in the register; claimed,
 * finish it.
 */
public final class MoveEngine {
    private static final Logger LOG = LoggerFactory.getLogger(MoveEngine.class);
    private static final int AT_ONCE = 3;

    /** How long something else at the start may hold the lock of an instance that has been claimed. */
    private static final Duration LAST_STEPS = Duration.ofMinutes(1);

    private final Instances instances;
    private final Moves moves;
    private final Destinations destinations;
    private final PrepareMove preparing;
    private final SendInstance sending;
    private final SettleMove settling;
    private final MoveToCloud toCloud;
    private final InstanceLocks locks;
    private final Jobs jobs;
    private final Duration answerPatience;
    private final Measurements measurements;
    private final Clock clock;
    private final Map<MoveId, Underway> running = new ConcurrentHashMap<>();
    private final Turns turns = new Turns(AT_ONCE);

    /**
     * Wires it.
     *
     * @param answerPatience for how long, at most, a freeze waits until who asked for it has the answer
     */
    public MoveEngine(
            Instances instances,
            Moves moves,
            Destinations destinations,
            PrepareMove preparing,
            SendInstance sending,
            SettleMove settling,
            MoveToCloud toCloud,
            InstanceLocks locks,
            Jobs jobs,
            Duration answerPatience,
            Measurements measurements,
            Clock clock) {
        this.instances = instances;
        this.moves = moves;
        this.destinations = destinations;
        this.preparing = preparing;
        this.sending = sending;
        this.settling = settling;
        this.toCloud = toCloud;
        this.locks = locks;
        this.jobs = jobs;
        this.answerPatience = answerPatience;
        this.measurements = measurements;
        this.clock = clock;
    }

    /**
     * Starts a move that was just journaled; the freeze waits until {@code answered}, but not for ever.
     *
     * @param bytesPerSecond the limit for what is sent before the freeze, 0 for none
     * @param longEnough the interruption that was asked for, as {@link MoveTerms#interruption}
     */
    void start(Move move, long bytesPerSecond, Optional<Duration> longEnough, CompletionStage<?> answered) {
        Cancellation cancellation = new Cancellation();
        Underway state = new Underway(
                new Progress(),
                new BandwidthLimit(bytesPerSecond, System::nanoTime, cancellation::await),
                longEnough,
                cancellation);
        running.put(move.id(), state);
        jobs.start("move " + move.id(), () -> {
            MDC.put("move", move.id().toString());
            try {
                run(move, state, answered);
            } finally {
                running.remove(move.id());
                measure(move);
            }
        });
    }

    /** How far the sending of a move has come; empty when it is not going on. */
    public Optional<Progress> progress(MoveId id) {
        return Optional.ofNullable(running.get(id)).map(Underway::progress);
    }

    /** Asks a running move to end; answers whether it will, for the claim may be on its way to the disk. */
    public boolean cancel(MoveId id, String why) {
        return Optional.ofNullable(running.get(id))
                .map(state -> state.cancellation().cancel(why))
                .orElse(false);
    }

    /** After a restart: takes every move up where its journal left it. */
    public void recover() {
        for (Move move : moves.all()) {
            try {
                recover(move);
            } catch (RuntimeException e) {
                // One move that cannot go on must not keep all others from it.
                LOG.error("move {} could not be taken up", move.id(), e);
            }
        }
    }

    private void recover(Move move) {
        switch (move.state()) {
            case REQUESTED, CHECKED, SENDING_AHEAD -> {
                settling.fail(move, "The source restarted before the freeze; the guest ran on.");
                measure(move);
            }
            case FROZEN -> {
                String why = "The source restarted while it sent the package.";
                if (toCloud.isElsewhere(move)) {
                    // Who decides may not answer for long; the start does not wait for that.
                    moves.update(move.because(move.error().orElse(why)));
                    jobs.start("move " + move.id(), () -> takeUp(move));
                } else {
                    settling.withdraw(move, why);
                    measure(move);
                }
            }
            case CLAIMED -> jobs.start("move " + move.id(), () -> finish(move));
            case WITHDRAWN, FAILED -> {
                if (!move.isTold()) {
                    settling.tellEnd(move);
                }
            }
            case DONE -> {}
        }
    }

    /**
     * Takes up, in the background, moves that froze their guest and that nothing works on any more, because the disk was
     * full, say, when their end was to be written; now and then.
     */
    public void retry() {
        moves.all().stream()
                .filter(move -> move.state() == MoveState.FROZEN || move.state() == MoveState.CLAIMED)
                .forEach(move -> jobs.start("move " + move.id(), () -> takeUp(move)));
    }

    /** Whoever works on a move has the instance's lock. */
    private void takeUp(Move abandoned) {
        Held lock;
        try {
            lock = locks.take(abandoned.instance());
        } catch (TresccadException e) {
            LOG.debug("move {} is being worked on", abandoned.id(), e);
            return;
        }
        try (lock) {
            Move current = moves.find(abandoned.id()).orElseThrow();
            if (current.state() == MoveState.FROZEN) {
                settling.withdraw(current, current.error().orElse("The source could not go on with it."));
                measure(current);
            } else if (current.state() == MoveState.CLAIMED) {
                settling.finish(current, Optional.empty(), Optional.empty(), Optional.empty());
                measure(current);
            }
        }
    }

    /** Under the lock: the guest may come back under the same id while what is left of it here is swept away. */
    private void finish(Move claimed) {
        Held lock = locks.await(claimed.instance(), LAST_STEPS);
        try (lock) {
            settling.finish(claimed, Optional.empty(), Optional.empty(), Optional.empty());
            measure(claimed);
        }
    }

    /** Reports a move that was worked on until now, if that has ended it; another time it may be taken up again. */
    private void measure(Move worked) {
        try {
            moves.find(worked.id())
                    .filter(move -> move.state().isFinal())
                    .ifPresent(move -> measurements.moveEnded(
                            move.plan().map(Move.Plan::mode).orElse(move.mode()).wireName(),
                            Measurements.Side.SOURCE,
                            move.state().name().toLowerCase(Locale.ROOT),
                            move.figures().total().orElse(Duration.ZERO),
                            move.figures().interruption()));
        } catch (RuntimeException e) {
            // It is over, or will be taken up: a number less changes nothing.
            LOG.debug("move {} is not measured", worked.id(), e);
        }
    }

    private void run(Move move, Underway state, CompletionStage<?> answered) {
        try (Peer peer = destinations.connect(move.project(), move.destination())) {
            Optional<InCommon> inCommon = prepare(move, peer, state);
            if (inCommon.isEmpty()) {
                return;
            }
            Move checked = moves.find(move.id()).orElseThrow();
            awaitAnswered(answered);
            // Before the lock: whoever waits for a turn must not keep others from the instance.
            Turns.Turn turn = turns.await(state.cancellation());
            try (turn) {
                send(checked, inCommon.get(), peer, state, turn);
            }
        } catch (RuntimeException e) {
            moves.find(move.id())
                    .filter(m -> m.state().isBeforeFreeze())
                    .ifPresent(m -> settling.fail(m, reason(m, e)));
        }
    }

    private void send(Move checked, InCommon inCommon, Peer peer, Underway state, Turns.Turn turn) {
        Held lock;
        try {
            lock = locks.take(checked.instance());
        } catch (TresccadException e) {
            settling.fail(checked, String.valueOf(e.getMessage()));
            return;
        }
        try (lock) {
            sending.send(checked, inCommon, peer, state, turn);
        }
    }

    private Optional<InCommon> prepare(Move move, Peer peer, Underway state) {
        try {
            PrepareMove.Prepared prepared = preparing.prepare(move, peer, state.limit(), state.cancellation());
            LOG.info("move {}: {}", move.id(), prepared.plan().why());
            toCloud.announce(move, peer);
            moves.update(move.planned(prepared.plan()).in(MoveState.CHECKED, Optional.empty(), clock.instant()));
            return Optional.of(prepared.inCommon());
        } catch (TresccadException e) {
            settling.giveUp(move, peer);
            if (e instanceof CannotRunHere) {
                instances.find(move.instance()).ifPresent(refused -> settling.askForNewer(refused, peer));
            }
            settling.fail(move, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static String reason(Move move, RuntimeException e) {
        if (e instanceof TresccadException known) {
            return String.valueOf(known.getMessage());
        }
        LOG.error("move {} failed unexpectedly", move.id(), e);
        return "An unexpected error; the log of the source has more.";
    }

    private void awaitAnswered(CompletionStage<?> answered) {
        try {
            answered.toCompletableFuture().get(answerPatience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("whoever asked for the move did not close the connection; moving on", e);
        }
    }
}
