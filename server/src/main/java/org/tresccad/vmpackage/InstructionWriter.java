package org.tresccad.vmpackage;

import java.util.Arrays;

/**
 * Writes the instructions of one part, as long as they are fewer and shorter than they may be. Offsets and headers are
 * written as the distance to where the instruction before would go on, so that a long run costs a few bytes wherever it
 * lies.
 */
final class InstructionWriter {
    private final byte[] plain;
    private final int mostBytes;
    private final int mostInstructions;
    private final long[] cursors = new long[Reference.MOST];
    private byte[] out = new byte[1 << 10];
    private int length;
    private int instructions;
    private long nextHeader;
    private boolean isTooMuch;

    /** For the part {@code plain}; more than {@code mostBytes} are not worth it. */
    InstructionWriter(byte[] plain, int mostBytes, int mostInstructions) {
        this.plain = plain;
        this.mostBytes = mostBytes;
        this.mostInstructions = mostInstructions;
    }

    void add(int from, int to) {
        if (to > from) {
            opcode(DeltaLayout.ADD);
            varint(to - from);
            if (hasRoom(to - from)) {
                System.arraycopy(plain, from, out, length, to - from);
                length += to - from;
            }
        }
    }

    void fill(int bytes, byte with) {
        opcode(DeltaLayout.FILL);
        varint(bytes);
        single(with);
    }

    void copy(long location, long bytes) {
        opcode(DeltaLayout.COPY);
        place(location, bytes);
        varint(bytes);
    }

    /** {@code location} is the first page's. */
    void pages(int count, long header, long location, long stride) {
        opcode(DeltaLayout.PAGES);
        varint(count);
        header(header, count);
        place(location, count * stride);
        varint(stride);
    }

    void filledPages(int count, long header, byte with) {
        opcode(DeltaLayout.FILLED_PAGES);
        varint(count);
        header(header, count);
        single(with);
    }

    /** How far {@code header} is from what would cost the least. */
    long distance(long header) {
        return header - nextHeader;
    }

    /** Whether {@link #bytes} holds all that was written. */
    boolean isUsable() {
        return !isTooMuch;
    }

    byte[] bytes() {
        return out;
    }

    int length() {
        return length;
    }

    private void opcode(int opcode) {
        instructions++;
        if (instructions > mostInstructions) {
            isTooMuch = true;
        }
        single((byte) opcode);
    }

    private void place(long location, long bytes) {
        int reference = BlockIndex.reference(location);
        long offset = BlockIndex.offset(location);
        varint(reference);
        varint(DeltaLayout.zigzag(offset - cursors[reference]));
        cursors[reference] = offset + bytes;
    }

    private void header(long first, int count) {
        varint(DeltaLayout.zigzag(first - nextHeader));
        nextHeader = first + (long) count * DeltaLayout.PAGE_BYTES;
    }

    private void varint(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            single((byte) (left | 0x80));
            left >>>= 7;
        }
        single((byte) left);
    }

    private void single(byte value) {
        if (hasRoom(1)) {
            out[length++] = value;
        }
    }

    private boolean hasRoom(int bytes) {
        if (isTooMuch || bytes > mostBytes - length) {
            isTooMuch = true;
            return false;
        }
        if (length + bytes > out.length) {
            out = Arrays.copyOf(out, Math.min(mostBytes, Math.max(2 * out.length, length + bytes)));
        }
        return true;
    }
}
