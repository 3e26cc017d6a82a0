package org.tresccad.vmpackage;

import java.util.Arrays;
import java.util.Optional;

/**
 * The members of a package in the order they are written: the five that it had in 2014, by their names of then, and
 * what goes ahead of them.
 */
public enum Member {
    /** Blocks sent before the guest was frozen, for the members after it to refer to; no content of the guest's own. */
    AHEAD("ahead"),
    /** Kernel, when it is given directly. */
    KERNEL("kernel"),
    /** Initial ramdisk, when there is one. */
    RAMDISK("ramdisk"),
    /**
     * A save image of the guest that still runs, no content of its own either: a reader may give QEMU its pages before
     * the guest is frozen.
     */
    SNAPSHOT_AHEAD("snapshot-ahead"),
    /** The domain's XML as the source had it. */
    LIBVIRT_XML("libvirt.xml"),
    /** The disk overlay, qcow2. */
    DISK("disk"),
    /** Memory and device state: a libvirt save image. The last, for a guest can be resumed from it while it arrives. */
    SNAPSHOT("snapshot");

    private final String fileName;

    Member(String fileName) {
        this.fileName = fileName;
    }

    /** The member's name inside the package. */
    public String fileName() {
        return fileName;
    }

    /** The member of that name. */
    public static Optional<Member> parse(String fileName) {
        return Arrays.stream(values()).filter(m -> m.fileName.equals(fileName)).findFirst();
    }
}
