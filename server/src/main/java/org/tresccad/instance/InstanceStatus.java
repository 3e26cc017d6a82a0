package org.tresccad.instance;

import java.util.Set;

/** Nova's server status, as far as this host has it. */
public enum InstanceStatus {
    /** Being made: from the request until the guest runs. */
    BUILD,
    /** The guest runs. */
    ACTIVE,
    /** The guest's CPUs are stopped, its memory is in QEMU. */
    PAUSED,
    /** The guest's memory is in a file, no domain exists. */
    SUSPENDED,
    /** The guest is powered off. */
    SHUTOFF,
    /** The guest was asked to reboot. */
    REBOOT,
    /** The guest is being reset. */
    HARD_REBOOT,
    /** Something failed; the fault says what. Reboot (hard), stop and delete are possible. */
    ERROR;

    /** Whether an instance of this status may get status {@code next}. */
    public boolean canBecome(InstanceStatus next) {
        return switch (this) {
            case BUILD -> next == ACTIVE || next == PAUSED || next == ERROR;
            case ACTIVE -> next != BUILD && next != ACTIVE;
            case PAUSED ->
                Set.of(ACTIVE, SHUTOFF, SUSPENDED, HARD_REBOOT, ERROR).contains(next);
            case SUSPENDED -> Set.of(ACTIVE, SHUTOFF, HARD_REBOOT, ERROR).contains(next);
            case SHUTOFF -> Set.of(ACTIVE, HARD_REBOOT, ERROR).contains(next);
            case REBOOT, HARD_REBOOT -> Set.of(ACTIVE, SHUTOFF, ERROR).contains(next);
            case ERROR -> Set.of(ACTIVE, SHUTOFF, HARD_REBOOT).contains(next);
        };
    }
}
