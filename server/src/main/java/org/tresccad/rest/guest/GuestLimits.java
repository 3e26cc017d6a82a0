package org.tresccad.rest.guest;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.tresccad.instance.InstanceId;

/** Keeps one guest from using up what is there for all of them: how many requests, how often, how many at once. */
public final class GuestLimits {
    private static final int WORTH_A_SWEEP = 64;

    private final int perSecond;
    private final int burst;
    private final int atOnce;
    private final LongSupplier nanos;
    private final Map<InstanceId, Use> uses = new HashMap<>();

    /** What no well-behaved guest notices; cloud-init makes some 60 requests in a row. */
    public static GuestLimits ofDefaults() {
        return new GuestLimits(50, 200, 8, System::nanoTime);
    }

    /**
     * Limits.
     *
     * @param perSecond requests that a guest may make in the long run
     * @param burst requests that a guest may make at once after a rest
     * @param atOnce requests of one guest that are being answered at the same time
     * @param nanos a monotonic clock
     */
    GuestLimits(int perSecond, int burst, int atOnce, LongSupplier nanos) {
        if (perSecond < 1 || burst < 1 || atOnce < 1) {
            throw new IllegalArgumentException("a guest may make some requests");
        }
        this.perSecond = perSecond;
        this.burst = burst;
        this.atOnce = atOnce;
        this.nanos = nanos;
    }

    /** A request being answered; close it, once or more often, in any thread, when it is. */
    @FunctionalInterface
    interface Slot extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * One more request of {@code guest}'s.
     *
     * @throws TooManyRequests when it makes too many
     */
    synchronized Slot enter(InstanceId guest) {
        long now = nanos.getAsLong();
        if (!uses.containsKey(guest) && uses.size() >= WORTH_A_SWEEP) {
            uses.values().removeIf(use -> use.isAtRest(now));
        }
        Use use = uses.computeIfAbsent(guest, id -> new Use(now));
        use.refill(now);
        if (use.running >= atOnce) {
            throw new TooManyRequests(
                    "This guest has " + use.running + " requests open; that is all it may have.",
                    Duration.ofSeconds(1));
        }
        if (use.left < 1) {
            throw new TooManyRequests(
                    "This guest makes more than " + perSecond + " requests a second.", Duration.ofSeconds(1));
        }
        use.left--;
        use.running++;
        AtomicBoolean isOpen = new AtomicBoolean(true);
        return () -> {
            if (isOpen.getAndSet(false)) {
                leave(use);
            }
        };
    }

    private synchronized void leave(Use use) {
        use.running--;
    }

    private final class Use {
        private double left = burst;
        private int running;
        private long refilledAt;

        Use(long now) {
            refilledAt = now;
        }

        void refill(long now) {
            left = Math.min(burst, left + (now - refilledAt) / 1e9 * perSecond);
            refilledAt = now;
        }

        boolean isAtRest(long now) {
            return running == 0 && left + (now - refilledAt) / 1e9 * perSecond >= burst;
        }
    }
}
