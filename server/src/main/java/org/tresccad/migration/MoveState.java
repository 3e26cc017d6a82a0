package org.tresccad.migration;

/** The source's states of a move (design, section 7); each is durable before it is acted on. */
public enum MoveState {
    /** Asked for; the guest runs. */
    REQUESTED,
    /** The destination can take it and has what it needs; the guest runs. */
    CHECKED,
    /** What can be sent is sent while the guest runs. */
    SENDING_AHEAD,
    /** The epoch is open; the guest is, or is about to be, stopped here. Only the register leads on. */
    FROZEN,
    /**
     * The destination has the epoch. This host never runs the instance again at it, and keeps all until DONE. A
     * destination that cannot start the guest gives it back; then the next epoch is this host's: WITHDRAWN.
     */
    CLAIMED,
    /** The guest runs at the destination; nothing of it is left here. */
    DONE,
    /** Taken back in the register, or given back by the destination; the guest runs on here. */
    WITHDRAWN,
    /** Given up before the freeze; the guest never noticed. */
    FAILED;

    /** Whether a move of this state may get state {@code next}. */
    public boolean canBecome(MoveState next) {
        return switch (this) {
            case REQUESTED -> next == CHECKED || next == FAILED;
            case CHECKED -> next == SENDING_AHEAD || next == FROZEN || next == FAILED;
            case SENDING_AHEAD -> next == FROZEN || next == FAILED;
            case FROZEN -> next == CLAIMED || next == WITHDRAWN;
            case CLAIMED -> next == DONE || next == WITHDRAWN;
            case DONE, WITHDRAWN, FAILED -> false;
        };
    }

    /** Whether the freeze is still to come. */
    public boolean isBeforeFreeze() {
        return this == REQUESTED || this == CHECKED || this == SENDING_AHEAD;
    }

    /** Whether nothing more will happen. */
    public boolean isFinal() {
        return this == DONE || this == WITHDRAWN || this == FAILED;
    }
}
