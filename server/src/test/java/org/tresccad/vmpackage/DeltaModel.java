package org.tresccad.vmpackage;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The instructions of a part as {@code docs/package-format.md} tells them, written down once more with unbounded
 * numbers and no thought of speed: {@link DeltaExpander} must come to the same.
 */
final class DeltaModel {
    private static final BigInteger PAGE = BigInteger.valueOf(4096);

    private final byte[] instructions;
    private final List<byte[]> references;
    private final int size;
    private final BigInteger[] cursors;
    private final ByteArrayOutputStream plain = new ByteArrayOutputStream();
    private BigInteger nextHeader = BigInteger.ZERO;
    private int at;

    /** Says that the instructions are not correct. */
    private static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private DeltaModel(byte[] instructions, List<byte[]> references, int size) {
        this.instructions = instructions;
        this.references = references;
        this.size = size;
        this.cursors = new BigInteger[references.size()];
        Arrays.fill(cursors, BigInteger.ZERO);
    }

    /** The {@code size} bytes that {@code instructions} make; empty when they are not correct. */
    static Optional<byte[]> expand(byte[] instructions, List<byte[]> references, int size, int partSize) {
        try {
            return Optional.of(new DeltaModel(instructions, references, size).run(partSize));
        } catch (Wrong e) {
            return Optional.empty();
        }
    }

    private byte[] run(int partSize) throws Wrong {
        for (int count = 1; at < instructions.length; count++) {
            check(count <= partSize / 64 + 64);
            switch (take(1)[0]) {
                case 1 -> plain.writeBytes(take(length(1)));
                case 2 -> {
                    int length = length(1);
                    plain.writeBytes(repeated(take(1)[0], length));
                }
                case 3 -> {
                    int reference = reference();
                    BigInteger offset = cursors[reference].add(signed());
                    int length = length(1);
                    plain.writeBytes(bytes(reference, offset, BigInteger.valueOf(length)));
                    cursors[reference] = offset.add(BigInteger.valueOf(length));
                }
                case 4 -> pages();
                case 5 -> {
                    int records = length(9);
                    BigInteger header = header(records);
                    byte with = take(1)[0];
                    for (int i = 0; i < records; i++) {
                        record(header, i, new byte[] {with});
                    }
                }
                default -> throw new Wrong();
            }
        }
        check(plain.size() == size);
        return plain.toByteArray();
    }

    private void pages() throws Wrong {
        int records = length(8 + 4096);
        BigInteger header = header(records);
        int reference = reference();
        BigInteger offset = cursors[reference].add(signed());
        BigInteger stride = number();
        check(stride.compareTo(PAGE) >= 0 && stride.compareTo(BigInteger.valueOf(65536)) <= 0);
        for (int i = 0; i < records; i++) {
            record(header, i, bytes(reference, offset.add(stride.multiply(BigInteger.valueOf(i))), PAGE));
        }
        cursors[reference] = offset.add(stride.multiply(BigInteger.valueOf(records)));
    }

    private void record(BigInteger header, int index, byte[] content) {
        long low = header.add(PAGE.multiply(BigInteger.valueOf(index))).longValue();
        for (int shift = 56; shift >= 0; shift -= 8) {
            plain.write((int) (low >>> shift));
        }
        plain.writeBytes(content);
    }

    private BigInteger header(int records) throws Wrong {
        BigInteger header = nextHeader.add(signed());
        nextHeader = header.add(PAGE.multiply(BigInteger.valueOf(records)));
        return header;
    }

    private int length(int unit) throws Wrong {
        BigInteger number = number();
        check(number.signum() > 0 && number.compareTo(BigInteger.valueOf((size - plain.size()) / unit)) <= 0);
        return number.intValue();
    }

    private int reference() throws Wrong {
        BigInteger number = number();
        check(number.compareTo(BigInteger.valueOf(references.size())) < 0);
        return number.intValue();
    }

    private byte[] bytes(int reference, BigInteger offset, BigInteger length) throws Wrong {
        byte[] content = references.get(reference);
        BigInteger end = offset.add(length);
        check(offset.signum() >= 0 && end.compareTo(BigInteger.valueOf(content.length)) <= 0);
        return Arrays.copyOfRange(content, offset.intValue(), end.intValue());
    }

    private BigInteger signed() throws Wrong {
        BigInteger number = number();
        BigInteger half = number.shiftRight(1);
        return number.testBit(0) ? half.not() : half;
    }

    private BigInteger number() throws Wrong {
        BigInteger value = BigInteger.ZERO;
        for (int shift = 0; ; shift += 7) {
            int next = take(1)[0] & 0xff;
            check(shift < 63 || next == 1);
            value = value.or(BigInteger.valueOf(next & 0x7f).shiftLeft(shift));
            if (next < 0x80) {
                check(next != 0 || shift == 0);
                return value;
            }
        }
    }

    private byte[] take(int count) throws Wrong {
        check(count <= instructions.length - at);
        at += count;
        return Arrays.copyOfRange(instructions, at - count, at);
    }

    private static byte[] repeated(byte value, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, value);
        return bytes;
    }

    private static void check(boolean holds) throws Wrong {
        if (!holds) {
            throw new Wrong();
        }
    }
}
