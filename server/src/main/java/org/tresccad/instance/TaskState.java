package org.tresccad.instance;

import java.util.Locale;

/** What is being done to an instance just now. While there is one, other actions answer 409. */
public enum TaskState {
    SPAWNING,
    POWERING_OFF,
    POWERING_ON,
    REBOOTING,
    REBOOTING_HARD,
    PAUSING,
    UNPAUSING,
    SUSPENDING,
    RESUMING,
    /** It is being frozen into a package of this host's image service. */
    SAVING,
    /** A move has frozen it; only the register decides what becomes of it. */
    MIGRATING,
    /** A move has brought it; it runs once the register says so. */
    ARRIVING,
    /** What is on its disk is being copied into an image; it is off. */
    IMAGE_SNAPSHOT,
    DELETING;

    /** Nova's {@code OS-EXT-STS:task_state}. */
    public String wireName() {
        return switch (this) {
            case POWERING_OFF -> "powering-off";
            case POWERING_ON -> "powering-on";
            case REBOOTING_HARD -> "rebooting_hard";
            default -> name().toLowerCase(Locale.ROOT);
        };
    }
}
