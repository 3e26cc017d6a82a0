package org.tresccad.instance;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Which guests ask for events, or lately did: they are told before they are frozen, and nobody waits for the others.
 * Safe for any thread.
 */
public final class GuestListeners {
    /** Who listens asks again at once; this is for who looks now and then, or is slow. */
    private static final Duration LATELY = Duration.ofSeconds(10);

    private static final int WORTH_A_SWEEP = 64;

    private final LongSupplier nanos;
    private final Map<InstanceId, Ear> ears = new HashMap<>();

    /** By the system's monotonic clock. */
    public GuestListeners() {
        this(System::nanoTime);
    }

    GuestListeners(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** A request for events that is being answered; close it, once or more often, when the answer is written. */
    @FunctionalInterface
    public interface Request extends AutoCloseable {
        @Override
        void close();
    }

    /** A request of {@code guest}'s. */
    public synchronized Request open(InstanceId guest) {
        if (!ears.containsKey(guest) && ears.size() >= WORTH_A_SWEEP) {
            ears.values().removeIf(ear -> !isListening(ear));
        }
        Ear ear = ears.computeIfAbsent(guest, id -> new Ear());
        ear.open++;
        AtomicBoolean isOpen = new AtomicBoolean(true);
        return () -> {
            if (isOpen.getAndSet(false)) {
                close(ear);
            }
        };
    }

    /** Whether somebody in {@code guest} would hear of an event now. */
    synchronized boolean isListening(InstanceId guest) {
        Ear ear = ears.get(guest);
        return ear != null && isListening(ear);
    }

    /** Waits until no request of {@code guest}'s is being answered, for {@code patience} at most. */
    synchronized void awaitAnswered(InstanceId guest, Duration patience) throws InterruptedException {
        Ear ear = ears.get(guest);
        long deadline = nanos.getAsLong() + patience.toNanos();
        long left = patience.toNanos();
        while (ear != null && ear.open > 0 && left > 0) {
            wait(left / 1_000_000 + 1);
            left = deadline - nanos.getAsLong();
        }
    }

    private synchronized void close(Ear ear) {
        ear.open--;
        ear.closedAt = nanos.getAsLong();
        notifyAll();
    }

    private boolean isListening(Ear ear) {
        return ear.open > 0 || nanos.getAsLong() - ear.closedAt < LATELY.toNanos();
    }

    /** What one guest listens with. */
    private static final class Ear {
        private int open;
        private long closedAt;
    }
}
