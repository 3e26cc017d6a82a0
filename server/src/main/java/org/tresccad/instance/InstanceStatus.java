package org.tresccad.instance;

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
    ERROR
}
