package org.tresccad.instance;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.GuestEvent.Cause;
import org.tresccad.instance.GuestEvent.Departure;
import org.tresccad.instance.GuestEvent.Kind;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Changes;

/**
 * Tells a guest that listens that it is about to be frozen, and waits until it says that it is ready, or its time is
 * over; once, it may ask for more. The guest runs all the while, and nothing depends on what it answers.
 */
public final class PrepareGuest {
    private static final Logger LOG = LoggerFactory.getLogger(PrepareGuest.class);
    /** For a guest that is ready to read that it was heard; what it has not read by then reaches it late, or never. */
    private static final Duration ANSWER = Duration.ofSeconds(2);

    private final GuestEvents events;
    private final GuestListeners listeners;
    private final Changes changes;
    private final Clock clock;
    private final Patience patience;
    private final Map<InstanceId, Wait> waits = new HashMap<>();

    /**
     * How long a guest is waited for.
     *
     * @param time until it answers; zero: no guest is told
     * @param delay that it may ask for, at most, from when it asks
     */
    public record Patience(Duration time, Duration delay) {}

    /** Wires it. */
    public PrepareGuest(GuestEvents events, GuestListeners listeners, Changes changes, Clock clock, Patience patience) {
        this.events = events;
        this.listeners = listeners;
        this.changes = changes;
        this.clock = clock;
        this.patience = patience;
    }

    /**
     * Tells the guest and waits; returns at once when it does not run, or nobody in it listens. The caller holds the
     * instance's lock, and calls {@link #cancelled} when no freeze follows.
     *
     * @param destination of a move
     * @throws Cancelled once {@code cancellation} says so, or when the thread is interrupted, which stays so
     */
    public void announce(Instance instance, Cause cause, Optional<String> destination, Cancellation cancellation) {
        InstanceId id = instance.id();
        if (patience.time().isZero() || instance.status() != InstanceStatus.ACTIVE || !listeners.isListening(id)) {
            return;
        }
        Wait wait = begin(id, cause, destination);
        Cancellation.Registration registration = cancellation.onCancel(wait::end);
        try (registration) {
            changes.raise();
            LOG.info("instance {} {}", id, wait.await() ? "is ready to be frozen" : "had its time to prepare");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Cancelled("the daemon is stopping");
        } finally {
            end(id);
        }
        cancellation.throwIfCancelled();
    }

    /** No freeze follows what was announced, if something was; the guest is told. */
    public void cancelled(InstanceId id) {
        try {
            if (events.end(id)) {
                changes.raise();
            }
        } catch (RuntimeException e) {
            LOG.warn("instance {} is not told that it runs on", id, e);
        }
    }

    /**
     * The guest says that it may be frozen, once it has read the answer to that.
     *
     * @param number of the event it answers
     * @param answered is completed when it has; waited for within the guest's time, and {@link #ANSWER} at most
     * @throws TresccadException NOT_FOUND when it was asked nothing by that number, CONFLICT when it is not waited for
     */
    public synchronized void ready(InstanceId id, long number, CompletionStage<?> answered) {
        Wait wait = require(id, number);
        wait.ready();
        answered.whenComplete((nothing, failure) -> wait.end());
    }

    /**
     * The guest asks for more time: {@code wish}, or as much of it as there is to give.
     *
     * @return what it has from now on
     * @throws TresccadException as {@link #ready}; also CONFLICT when it has asked before
     */
    public synchronized Duration delay(InstanceId id, long number, Duration wish) {
        Duration granted = wish.compareTo(patience.delay()) < 0 ? wish : patience.delay();
        if (!require(id, number).delay(granted)) {
            throw new TresccadException(ErrorKind.CONFLICT, "A delay is given once; this guest has had it.");
        }
        return granted;
    }

    private synchronized Wait begin(InstanceId id, Cause cause, Optional<String> destination) {
        Instant deadline = clock.instant().plus(patience.time());
        GuestEvent event = events.prepare(id, new Departure(cause, destination, deadline));
        Wait wait = new Wait(event.number(), patience.time());
        waits.put(id, wait);
        return wait;
    }

    private synchronized void end(InstanceId id) {
        waits.remove(id);
    }

    private Wait require(InstanceId id, long number) {
        Wait wait = waits.get(id);
        if (wait != null && wait.number == number) {
            return wait;
        }
        boolean wasAsked =
                events.of(id).stream().anyMatch(event -> event.number() == number && event.kind() == Kind.PREPARE);
        throw wasAsked
                ? new TresccadException(ErrorKind.CONFLICT, "Event " + number + " waits for no answer any more.")
                : new TresccadException(ErrorKind.NOT_FOUND, "There is no event " + number + " to answer.");
    }

    /** Waiting for one guest. */
    private static final class Wait {
        private final long number;
        private long deadline;
        private boolean isDelayed;
        private boolean isReady;
        private boolean isOver;

        Wait(long number, Duration time) {
            this.number = number;
            this.deadline = System.nanoTime() + time.toNanos();
        }

        /** Whether the guest said that it is ready. */
        synchronized boolean await() throws InterruptedException {
            long left = deadline - System.nanoTime();
            while (!isOver && left > 0) {
                wait(left / 1_000_000 + 1);
                left = deadline - System.nanoTime();
            }
            return isReady;
        }

        synchronized void ready() {
            isReady = true;
            deadline = Math.min(deadline, System.nanoTime() + ANSWER.toNanos());
            notifyAll();
        }

        synchronized void end() {
            isOver = true;
            notifyAll();
        }

        synchronized boolean delay(Duration more) {
            if (isDelayed || isReady) {
                return false;
            }
            isDelayed = true;
            deadline = System.nanoTime() + more.toNanos();
            notifyAll();
            return true;
        }
    }
}
