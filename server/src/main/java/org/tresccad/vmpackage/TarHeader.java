package org.tresccad.vmpackage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A tar header in the one form the format allows (POSIX.1-1988 ustar, regular file, mode 0644, owner 0, time 0).
 * Reading is: take name and size, build the header anew, compare all 512 bytes. So links, devices, sparse maps, long
 * name and pax extensions, base-256 and negative sizes need no rules of their own, and no bit of a header can change
 * unseen.
 *
 * @param name at most 100 bytes
 * @param sizeBytes below 8 GiB
 */
record TarHeader(String name, long sizeBytes) {
    static final int BLOCK = 512;

    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_DIGITS = 11;
    private static final int CHECKSUM_AT = 148;
    private static final int TYPE_AT = 156;

    TarHeader {
        Checks.that(name.length() <= NAME_BYTES && !name.isEmpty(), "entry name of " + name.length() + " bytes");
        Checks.range("entry size", sizeBytes, 0, (1L << 33) - 1);
    }

    /** Zero bytes after the content, up to the next block. */
    int paddingBytes() {
        return (int) (-sizeBytes & (BLOCK - 1));
    }

    byte[] encode() {
        byte[] block = new byte[BLOCK];
        put(block, 0, name);
        put(block, 100, "0000644\0" + "0000000\0" + "0000000\0");
        put(block, SIZE_AT, String.format(Locale.ROOT, "%011o\0", sizeBytes) + "00000000000\0");
        put(block, TYPE_AT, "0");
        put(block, 257, "ustar\0" + "00");
        put(block, 329, "0000000\0" + "0000000\0");
        put(block, CHECKSUM_AT, String.format(Locale.ROOT, "%06o\0 ", checksum(block)));
        return block;
    }

    /**
     * The header in {@code block}.
     *
     * @throws PackageInvalid when it is not exactly as {@link #encode} makes it
     */
    static TarHeader decode(byte[] block) {
        int end = 0;
        while (end < NAME_BYTES && block[end] != 0) {
            end++;
        }
        if (end == 0) {
            throw new PackageInvalid("a tar header", "has no name");
        }
        String name = new String(block, 0, end, StandardCharsets.ISO_8859_1);
        long size = 0;
        for (int i = SIZE_AT; i < SIZE_AT + SIZE_DIGITS; i++) {
            if (block[i] < '0' || block[i] > '7') {
                throw new PackageInvalid(name, "its size is not written as 11 octal digits");
            }
            size = size << 3 | (block[i] - '0');
        }
        TarHeader header = new TarHeader(name, size);
        if (!Arrays.equals(header.encode(), block)) {
            throw new PackageInvalid(name, complaint(block));
        }
        return header;
    }

    private static String complaint(byte[] block) {
        if (block[TYPE_AT] != '0') {
            return "is not a regular file but of tar type '" + (char) (block[TYPE_AT] & 0xff) + "'";
        }
        String expected = String.format(Locale.ROOT, "%06o\0 ", checksum(block));
        String found = new String(block, CHECKSUM_AT, 8, StandardCharsets.ISO_8859_1);
        return expected.equals(found)
                ? "its tar header is not in the one form this format allows"
                : "its tar header is damaged (checksum)";
    }

    /** Sum of all bytes, the checksum's own field counted as blanks. */
    private static int checksum(byte[] block) {
        int sum = 8 * ' ';
        for (int i = 0; i < BLOCK; i++) {
            if (i < CHECKSUM_AT || i >= CHECKSUM_AT + 8) {
                sum += block[i] & 0xff;
            }
        }
        return sum;
    }

    private static void put(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }
}
