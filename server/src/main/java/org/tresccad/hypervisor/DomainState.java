package org.tresccad.hypervisor;

/** What a domain does, as far as it matters here. A domain that is shut off does not exist: ours are transient. */
public enum DomainState {
    /** Its CPUs run. */
    RUNNING,
    /** Its CPUs are stopped, its memory is there. */
    PAUSED,
    /** The guest panicked or QEMU reports an error. */
    CRASHED
}
