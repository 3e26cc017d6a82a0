package org.tresccad.migration;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * How an asked move may go.
 *
 * @param bandwidth bytes per second before the freeze, 0 for no limit, empty for what is configured
 * @param interruption long enough: in mode warm the guest is frozen as soon as it is predicted to stand still no longer,
 *     which saves rounds; where no round gets there, the shortest that can be had
 */
public record MoveTerms(OptionalLong bandwidth, Optional<Duration> interruption) {
    private static final int MOST_SECONDS = 86_400;

    /**
     * Checks.
     *
     * @throws TresccadException BAD_REQUEST for a bandwidth that is too low
     */
    public MoveTerms {
        try {
            bandwidth.ifPresent(BandwidthLimit::requireUsable);
        } catch (IllegalArgumentException e) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * An interruption as it is asked for.
     *
     * @throws TresccadException BAD_REQUEST for less than a millisecond, or more than a day
     */
    public static Duration interruption(double seconds) {
        if (!(seconds >= 1e-3 && seconds <= MOST_SECONDS)) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST, "interruption_seconds is a number from 0.001 to " + MOST_SECONDS + ".");
        }
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
