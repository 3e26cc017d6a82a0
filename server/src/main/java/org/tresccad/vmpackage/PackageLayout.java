package org.tresccad.vmpackage;

/** The fixed numbers and names of package format version 1; the document is {@code docs/package-format.md}. */
final class PackageLayout {
    static final int VERSION = 1;
    static final String MANIFEST = "manifest.json";
    static final String TRAILER = "trailer.json";

    static final int MAX_MANIFEST_BYTES = 1 << 20;
    static final int MAX_TRAILER_BYTES = 1 << 16;

    static final int MIN_PART_BYTES = 1 << 12;
    static final int MAX_PART_BYTES = 1 << 24;
    /** Parts are numbered in eight digits. */
    static final int MAX_PARTS = 100_000_000;

    private PackageLayout() {}

    static boolean isPartSize(int bytes) {
        return bytes >= MIN_PART_BYTES && bytes <= MAX_PART_BYTES && Integer.bitCount(bytes) == 1;
    }

    /** The most a part's zstd frame may take: a little more than {@code ZSTD_compressBound}. */
    static int maxPackedBytes(int partSize) {
        return partSize + partSize / 128 + 512;
    }
}
