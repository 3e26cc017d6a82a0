package org.tresccad.testing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What a fuzzer gives, read as a row of choices from its front. Once it is used up every number is 0 and every text is
 * empty, so that any bytes mean something, and changed or shortened ones mean nearly the same.
 */
public final class FuzzInput {
    private final byte[] bytes;
    private int at;

    /** Reads {@code bytes}, which are not copied. */
    public FuzzInput(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Whether nothing is left. */
    public boolean isOver() {
        return at >= bytes.length;
    }

    /** A number from 0 to below {@code bound}, from as many bytes as it may need. */
    public int below(int bound) {
        int number = 0;
        for (int left = bound - 1; left > 0; left >>>= 8) {
            number = number << 8 | next();
        }
        return Integer.remainderUnsigned(number, bound);
    }

    /** Any number, from four bytes. */
    public int number() {
        int number = 0;
        for (int i = 0; i < 4; i++) {
            number = number << 8 | next();
        }
        return number;
    }

    /** One of {@code all}. */
    public <T> T among(List<T> all) {
        return all.get(below(all.size()));
    }

    /** At most 255 bytes: one says how many. */
    public byte[] some() {
        int length = Math.min(below(256), bytes.length - at);
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    /** As {@link #some}, as text. */
    public String text() {
        return new String(some(), StandardCharsets.UTF_8);
    }

    /** All that is left. */
    public byte[] rest() {
        int from = Math.min(at, bytes.length);
        at = bytes.length;
        return Arrays.copyOfRange(bytes, from, bytes.length);
    }

    /** {@code original} with one place changed: overwritten, put in, left out, cut off or made an extreme number. */
    public byte[] changed(byte[] original) {
        int place = below(original.length + 1);
        return switch (below(5)) {
            case 0 -> {
                byte[] over = some();
                yield spliced(original, place, over.length, over);
            }
            case 1 -> spliced(original, place, 0, some());
            case 2 -> spliced(original, place, below(256), new byte[0]);
            case 3 -> Arrays.copyOf(original, place);
            default -> {
                byte[] extreme = new byte[1 << below(4)];
                Arrays.fill(
                        extreme, (byte) among(List.of(0x00, 0xff, 0x7f, 0x80)).intValue());
                yield spliced(original, place, extreme.length, extreme);
            }
        };
    }

    /** {@code original} with a piece of it replaced by text of the input's own or by one of {@code words}. */
    public String changed(String original, List<String> words) {
        int place = below(original.length() + 1);
        int end = Math.min(original.length(), place + below(256));
        String with = below(3) == 0 ? text() : among(words);
        return original.substring(0, place) + with + original.substring(end);
    }

    private int next() {
        return isOver() ? 0 : bytes[at++] & 0xff;
    }

    private static byte[] spliced(byte[] original, int place, int without, byte[] with) {
        int from = Math.min(original.length, place + without);
        byte[] made = Arrays.copyOf(original, place + with.length + original.length - from);
        System.arraycopy(with, 0, made, place, with.length);
        System.arraycopy(original, from, made, place + with.length, original.length - from);
        return made;
    }
}
