package org.tresccad.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that happens to a guest's running, as the guest is told.
 *
 * @param number a later event of the guest has a higher one, on whatever host
 * @param departure with {@link Kind#PREPARE}
 * @param gap with {@link Kind#THAWED}: for how long it stood still; never negative
 * @param source with {@link Kind#THAWED}: the host it came from, if it came from elsewhere or from a package
 */
public record GuestEvent(
        long number,
        Kind kind,
        Instant at,
        Optional<Departure> departure,
        Optional<Duration> gap,
        Optional<String> source) {
    /** What happens. */
    public enum Kind {
        /** It is about to be frozen; until the deadline it may say that it is ready, or ask for a delay. */
        PREPARE,
        /** What it was to prepare for does not come: it runs on. */
        CANCELLED,
        /** Its CPUs are stopped; seen by the guest when they run again, if at all. */
        FROZEN,
        /** Its CPUs run again. */
        THAWED;

        /** As guests are told. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Why it is frozen. */
    public enum Cause {
        /** To go on elsewhere. */
        MOVE,
        /** To become a package. */
        SAVE;

        /** As guests are told. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What the guest is to prepare for.
     *
     * @param destination of a move
     * @param deadline by this host's clock, as long as the guest asks for no delay
     */
    public record Departure(Cause cause, Optional<String> destination, Instant deadline) {}

    /** Refuses a negative gap. */
    public GuestEvent {
        gap.filter(Duration::isNegative).ifPresent(negative -> {
            throw new IllegalArgumentException("a guest cannot run on before it was frozen: " + negative);
        });
    }
}
