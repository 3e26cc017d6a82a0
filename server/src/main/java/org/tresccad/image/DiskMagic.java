package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * By what the formats betray themselves that can name other files of the host or that QEMU would probe for. Data that
 * is declared raw must have none of them: sooner or later somebody would open it without saying "raw" (CVE-2015-5163).
 */
final class DiskMagic {
    private static final int ENOUGH_BYTES = 512;

    /** {@code latin1} is at {@code offset}, a character a byte. */
    private record Mark(String format, int offset, String latin1) {
        boolean isIn(byte[] start) {
            byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
            int end = offset + bytes.length;
            return start.length >= end && Arrays.equals(start, offset, end, bytes, 0, bytes.length);
        }
    }

    private static final Mark[] MARKS = {
        new Mark("qcow", 0, "QFI\u00fb"),
        new Mark("vmdk", 0, "KDMV"),
        new Mark("vmdk", 0, "COWD"),
        new Mark("vmdk", 0, "# Disk DescriptorFile"),
        new Mark("qed", 0, "QED\0"),
        new Mark("vhdx", 0, "vhdxfile"),
        new Mark("vhd", 0, "conectix"),
        new Mark("parallels", 0, "WithoutFreeSpace"),
        new Mark("parallels", 0, "WithouFreSpacExt"),
        new Mark("vdi", 64, "\u007f\u0010\u00da\u00be"),
        new Mark("cloop", 0, "#!/bin/sh\n#V2.0 Format\n"),
    };

    private DiskMagic() {}

    /** The format {@code file} seems to have, when it is one of those. */
    static Optional<String> of(Path file) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(ENOUGH_BYTES);
        }
        return Arrays.stream(MARKS)
                .filter(mark -> mark.isIn(start))
                .map(Mark::format)
                .findFirst();
    }
}
