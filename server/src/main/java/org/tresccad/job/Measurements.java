package org.tresccad.job;

import java.time.Duration;
import java.util.Optional;

/** Where long operations report what they measured. Quick, safe for any thread, never fails the operation. */
public interface Measurements {
    /** For those who need no numbers. */
    Measurements NONE = new Measurements() {
        @Override
        public void transferred(Direction direction, long bytes, Duration took) {}

        @Override
        public void moveEnded(
                String mode, Side side, String outcome, Duration total, Optional<Duration> interruption) {}
    };

    /** Seen from this host. */
    enum Direction {
        /** To another cloud. */
        SENT,
        /** From another cloud. */
        RECEIVED
    }

    /** Which part this host had in a move. */
    enum Side {
        /** The instance left. */
        SOURCE,
        /** The instance came. */
        TARGET
    }

    /** A transfer of {@code bytes} on the wire ended, well or not. */
    void transferred(Direction direction, long bytes, Duration took);

    /**
     * A move ended.
     *
     * @param mode {@code package}, ...
     * @param outcome the name of its last state, in lower case
     * @param interruption how long the guest stood still, where this host could measure it
     */
    void moveEnded(String mode, Side side, String outcome, Duration total, Optional<Duration> interruption);
}
