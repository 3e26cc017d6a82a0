package org.tresccad.vmpackage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The numbers of parts that are given relative to references: instructions, each an opcode of one byte and varints
 * (LEB128, unsigned, shortest form). What each does stands in {@code docs/package-format.md}.
 */
final class DeltaLayout {
    /** length, that many bytes. */
    static final int ADD = 1;
    /** length, one byte: repeated. */
    static final int FILL = 2;
    /** reference, offset, length. */
    static final int COPY = 3;
    /** count, header, reference, offset, stride: records of a header and a page from a reference. */
    static final int PAGES = 4;
    /** count, header, one byte: records of a header and that byte. */
    static final int FILLED_PAGES = 5;

    static final int PAGE_BYTES = BlockIndex.BLOCK_BYTES;
    static final int HEADER_BYTES = 8;
    static final int MAX_STRIDE = 1 << 16;

    /** Bytes before the zstd frame: the size of the part's plain content. */
    static final int SIZE_BYTES = 4;

    /** Reads eight bytes, big-endian, from anywhere in an array. */
    static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private DeltaLayout() {}

    /** The most instructions for one part; without a limit, a small entry could ask for millions of tiny reads. */
    static int maxInstructions(int partSize) {
        return partSize / 64 + 64;
    }

    /** Maps small numbers of either sign to small unsigned ones: 0, -1, 1, -2 to 0, 1, 2, 3. */
    static long zigzag(long value) {
        return (value << 1) ^ (value >> 63);
    }

    static long unzigzag(long value) {
        return (value >>> 1) ^ -(value & 1);
    }
}
