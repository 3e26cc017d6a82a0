package org.tresccad.client.handover;

import java.util.UUID;

/** What stands in the register about an epoch, for ever. */
public sealed interface Decision {
    /**
     * {@code by}, and nobody else, may run the guest.
     *
     * @param isRunning it has said that it does
     * @param isReturned it has said that it never did and never will: the next attempt at the epoch is open
     */
    record Claimed(UUID by, boolean isRunning, boolean isReturned) implements Decision {}

    /** Whoever froze the guest has it; the package must never run. */
    record Withdrawn() implements Decision {}

    /** It is decided, and nobody here can read how; so the package must not run here. */
    record Unreadable(String why) implements Decision {}
}
