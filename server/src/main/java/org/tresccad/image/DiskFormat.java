package org.tresccad.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Glance's disk formats, as far as this host takes them. */
public enum DiskFormat {
    RAW,
    QCOW2,
    ISO,
    VMDK,
    VDI,
    VHD,
    VHDX,
    PLOOP,
    AKI,
    ARI,
    AMI;

    /** The name on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The format of that name, if there is one. */
    public static Optional<DiskFormat> parse(String name) {
        return Arrays.stream(values()).filter(f -> f.wireName().equals(name)).findFirst();
    }
}
