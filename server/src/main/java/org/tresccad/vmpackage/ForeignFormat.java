package org.tresccad.vmpackage;

import java.util.HexFormat;
import java.util.Map;

/** What people may take for a package; recognized by its first bytes, to be refused by name. */
final class ForeignFormat {
    private static final Map<String, String> BY_MAGIC = Map.of(
            "504b0304", "is a zip file, as packages of the 2014 prototype are; those have no manifest",
            "504b0506", "is an empty zip file",
            "514649fb", "is a qcow2 disk image, not a package",
            "28b52ffd", "is a zstd file; a package must not be compressed as a whole",
            "1f8b0800", "is a gzip file; a package must not be compressed as a whole",
            "4c696276", "is a libvirt save image, not a package");

    private ForeignFormat() {}

    /** Throws {@link PackageInvalid} when {@code start} is the beginning of one of them. */
    static void refuse(byte[] start) {
        String reason = BY_MAGIC.get(HexFormat.of().formatHex(start, 0, 4));
        if (reason != null) {
            throw new PackageInvalid("the file", reason);
        }
    }
}
