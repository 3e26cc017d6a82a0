package org.tresccad.instance;

import java.time.Duration;
import java.time.Instant;

/**
 * A guest ran on after it had stood still.
 *
 * @param at when it did, by this host's clock, a few milliseconds late rather than early
 * @param gap for how long it stood still; never negative
 */
public record Thaw(Instant at, Duration gap) {
    /** Refuses a negative gap. */
    public Thaw {
        if (gap.isNegative()) {
            throw new IllegalArgumentException("a guest cannot run on before it was frozen");
        }
    }

    /** From one time to the other; nothing when the clocks of two hosts differ by more than lay between. */
    static Duration gap(Instant frozen, Instant thawed) {
        return thawed.isBefore(frozen) ? Duration.ZERO : Duration.between(frozen, thawed);
    }
}
