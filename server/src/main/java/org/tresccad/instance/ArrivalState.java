package org.tresccad.instance;

/** The target's states of a handover (design, section 7); each is durable before it is acted on. */
public enum ArrivalState {
    /** The package is being read; a restart discards it. */
    RECEIVING,
    /** Everything is here, verified, and the guest exists, paused. Only a verdict leads on. */
    PREPARED,
    /** The register says it is ours; the guest is being let run, or given back when that cannot be. */
    ACCEPTED,
    /** The guest runs here. */
    RUNNING,
    /**
     * Nothing of it is left here and nothing of this epoch ever ran or will run here. After ACCEPTED this is the {@code
     * return} of the design: the source, which has kept everything, opens the next epoch for itself.
     */
    DISCARDED;

    /** Whether an arrival of this state may get state {@code next}. */
    public boolean canBecome(ArrivalState next) {
        return switch (this) {
            case RECEIVING -> next == PREPARED || next == DISCARDED;
            case PREPARED -> next == ACCEPTED || next == DISCARDED;
            case ACCEPTED -> next == RUNNING || next == DISCARDED;
            case RUNNING, DISCARDED -> false;
        };
    }

    /** Whether nothing more will happen. */
    public boolean isFinal() {
        return this == RUNNING || this == DISCARDED;
    }
}
