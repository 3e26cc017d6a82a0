package org.tresccad.e2e;

/** What happens to a host, a process or a cable; how it is done and undone is {@link FaultScene}'s. */
enum Fault {
    SOURCE_DAEMON_KILLED("kill -9 of the source's daemon"),
    TARGET_DAEMON_KILLED("kill -9 of the target's daemon"),
    SOURCE_QEMU_KILLED("kill -9 of the source's QEMU"),
    TARGET_QEMU_KILLED("kill -9 of the target's QEMU"),
    SOURCE_LIBVIRTD_KILLED("kill -9 of the source's libvirtd"),
    TARGET_LIBVIRTD_KILLED("kill -9 of the target's libvirtd"),
    LINK_CUT("link cut for 6 s"),
    LINK_CUT_FOR_GOOD("link cut until the outcome is seen"),
    TARGET_DISK_FULL("target's disk full"),
    TARGET_WIPED("target's state wiped");

    private final String text;

    Fault(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
