package org.tresccad.metadata;

import java.time.Duration;

/**
 * The operator's rules for guests that ask to be moved.
 *
 * @param mayAsk which guests may ask at all
 * @param requests how many accepted requests of one guest {@code window} may hold, counted on this host
 * @param window the time over which they are counted
 */
public record GuestPolicy(MayAsk mayAsk, int requests, Duration window) {
    /** Which guests may ask. The owner's word is the instance's metadata, {@link MigrationPolicy#KEY}. */
    public enum MayAsk {
        /** Every guest, unless its owner forbids it. */
        ALWAYS,
        /** Guests whose owner allows it. */
        OWNER,
        /** None. */
        NEVER
    }

    /** Checks. */
    public GuestPolicy {
        if (requests < 1 || window.isNegative() || window.isZero()) {
            throw new IllegalArgumentException("at least one request in some time: " + requests + " in " + window);
        }
    }
}
