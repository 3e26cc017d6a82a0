package org.tresccad.vmpackage;

import java.io.IOException;
import java.util.Arrays;

/**
 * Carries out the instructions of one part. They come from outside: each is checked as a whole before it is begun, and
 * reads nothing but references and writes nothing but the part. One use each.
 */
final class DeltaExpander {
    /** Pages are read from references in pieces of so many bytes, with what lies between them, when that is little. */
    private static final int PIECE_BYTES = 1 << 18;

    private static final int DENSE_STRIDE = 2 * DeltaLayout.PAGE_BYTES;

    private final String entry;
    private final byte[] instructions;
    private final byte[] plain;
    private final int plainLength;
    private final OpenReferences references;
    private final long[] cursors;
    private byte[] piece = {};
    private int at;
    private int done;
    private long nextHeader;

    private DeltaExpander(String entry, byte[] instructions, byte[] plain, int plainLength, OpenReferences references) {
        this.entry = entry;
        this.instructions = instructions;
        this.plain = plain;
        this.plainLength = plainLength;
        this.references = references;
        this.cursors = new long[references.count()];
    }

    /**
     * Fills the first {@code plainLength} bytes of {@code plain}.
     *
     * @param entry named in errors
     * @throws PackageInvalid when an instruction is not correct, or they make more or less than that
     * @throws ReferenceFailed when a reference cannot be read here
     */
    static void expand(String entry, byte[] instructions, byte[] plain, int plainLength, OpenReferences references)
            throws IOException {
        new DeltaExpander(entry, instructions, plain, plainLength, references).run();
    }

    private void run() throws IOException {
        int most = DeltaLayout.maxInstructions(plain.length);
        for (int count = 0; at < instructions.length; count++) {
            check(count < most, "more than " + most + " instructions");
            int opcode = instructions[at++];
            switch (opcode) {
                case DeltaLayout.ADD -> add();
                case DeltaLayout.FILL -> fill();
                case DeltaLayout.COPY -> copy();
                case DeltaLayout.PAGES -> pages();
                case DeltaLayout.FILLED_PAGES -> filledPages();
                default -> throw refused("there is no instruction " + (opcode & 0xff));
            }
        }
        check(done == plainLength, "its instructions end after " + done + " of " + plainLength + " bytes");
    }

    private void add() {
        int length = (int) count(1);
        check(length <= instructions.length - at, "its instructions end in one of them");
        System.arraycopy(instructions, at, plain, done, length);
        at += length;
        done += length;
    }

    private void fill() {
        int length = (int) count(1);
        byte with = single();
        Arrays.fill(plain, done, done + length, with);
        done += length;
    }

    private void copy() throws IOException {
        int reference = reference();
        long offset = offset(reference);
        int length = (int) count(1);
        checkWithin(reference, offset, length);
        cursors[reference] = offset + length;
        references.read(reference, offset, plain, done, length);
        done += length;
    }

    private void pages() throws IOException {
        int count = (int) count(DeltaLayout.HEADER_BYTES + DeltaLayout.PAGE_BYTES);
        long header = header(count);
        int reference = reference();
        long offset = offset(reference);
        long stride = varint();
        check(stride >= DeltaLayout.PAGE_BYTES && stride <= DeltaLayout.MAX_STRIDE, "it strides too short or too long");
        checkWithin(reference, offset, (count - 1) * stride + DeltaLayout.PAGE_BYTES);
        cursors[reference] = offset + count * stride;
        int atOnce = stride <= DENSE_STRIDE ? (int) (PIECE_BYTES / stride) : 1;
        if (piece.length == 0) {
            piece = new byte[PIECE_BYTES];
        }
        for (int first = 0; first < count; first += atOnce) {
            int pages = Math.min(atOnce, count - first);
            int span = (int) ((pages - 1) * stride) + DeltaLayout.PAGE_BYTES;
            references.read(reference, offset + first * stride, piece, 0, span);
            for (int i = 0; i < pages; i++) {
                putHeader(header + (long) (first + i) * DeltaLayout.PAGE_BYTES);
                System.arraycopy(piece, (int) (i * stride), plain, done, DeltaLayout.PAGE_BYTES);
                done += DeltaLayout.PAGE_BYTES;
            }
        }
    }

    private void filledPages() {
        int count = (int) count(DeltaLayout.HEADER_BYTES + 1);
        long header = header(count);
        byte with = single();
        for (int i = 0; i < count; i++) {
            putHeader(header + (long) i * DeltaLayout.PAGE_BYTES);
            plain[done++] = with;
        }
    }

    private void putHeader(long header) {
        DeltaLayout.LONGS.set(plain, done, header);
        done += DeltaLayout.HEADER_BYTES;
    }

    /** A number of things of {@code unitBytes} each, at least one and no more than there is room for. */
    private long count(int unitBytes) {
        long count = varint();
        check(count >= 1 && count <= (plainLength - done) / unitBytes, "an instruction makes nothing, or too much");
        return count;
    }

    private int reference() {
        long reference = varint();
        check(reference >= 0 && reference < cursors.length, "the package has no such reference");
        return (int) reference;
    }

    private long offset(int reference) {
        return cursors[reference] + DeltaLayout.unzigzag(varint());
    }

    private long header(int count) {
        long header = nextHeader + DeltaLayout.unzigzag(varint());
        nextHeader = header + (long) count * DeltaLayout.PAGE_BYTES;
        return header;
    }

    private void checkWithin(int reference, long offset, long length) {
        long size = references.sizeBytes(reference);
        check(offset >= 0 && length <= size && offset <= size - length, "it reaches out of a reference");
    }

    private byte single() {
        check(at < instructions.length, "its instructions end in one of them");
        return instructions[at++];
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = single();
            check(shift < 63 || next == 1, "a number has more than 64 bits");
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                check(next != 0 || shift == 0, "a number is not in its shortest form");
                return value;
            }
        }
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw refused(otherwise);
        }
    }

    private PackageInvalid refused(String why) {
        return new PackageInvalid(entry, "its delta is wrong: " + why);
    }
}
