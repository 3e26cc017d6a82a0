package org.tresccad.vmpackage;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * Where blocks of known content lie: from a block's hash to a reference, by its number, and an offset in that. The
 * content itself is not kept. 24 bytes a slot, two slots a block on average. Blocks of zeros are never in it: they cost
 * nothing anyway.
 *
 * <p>Blocks are told apart by XXH3 with 128 bits, which is many times faster than SHA-256 but not made against an
 * attacker. So the seed must be one that guests do not learn. What a block found by mistake can do is little: the part
 * that it goes into has another SHA-256 then, the reader refuses the package, and the guest that made it happen has
 * stopped its own move.
 *
 * <p>One thread may change an index; when it has handed it over, any number may search in it.
 */
public final class BlockIndex {
    /** Bytes in a block; the last one of a content may be shorter. */
    public static final int BLOCK_BYTES = 4096;

    /** What is found for a block that is not there. */
    static final long NONE = -1;

    private static final int OFFSET_BITS = 56;
    private static final int WORDS = 3;
    private static final int LEAST_SLOTS = 1 << 10;
    /** 2^29 blocks are 2 TiB of content; more would not fit into an array. */
    private static final int MOST_SLOTS = 1 << 29;

    private final long seed;
    private final Hasher128 hasher;
    private final int mostBlocks;
    private int blocks;
    /** Hash, hash, location + 1 of each slot; that is 0 in an empty one. */
    private long[] slots = new long[WORDS * LEAST_SLOTS];

    /**
     * An empty index.
     *
     * @param seed a secret of this host; indexes are only combined when theirs is the same
     * @param mostBlocks how many it will take; those that come later are not found
     */
    public BlockIndex(long seed, int mostBlocks) {
        Checks.range("mostBlocks", mostBlocks, 0, MOST_SLOTS / 4 * 3);
        this.seed = seed;
        this.hasher = Hashing.xxh3_128(seed);
        this.mostBlocks = mostBlocks;
    }

    /** One that nothing is in, and nothing can be added to. */
    public static BlockIndex empty() {
        return new BlockIndex(0, 0);
    }

    /** How many blocks are in it. */
    public int blocks() {
        return blocks;
    }

    /** Whether another block can be added. */
    boolean hasRoom() {
        return blocks < mostBlocks;
    }

    long seed() {
        return seed;
    }

    /**
     * Adds one block, unless it is zero, known already, or one too many.
     *
     * @param reference the number of the reference that it lies in, less than {@link Reference#MOST}
     * @param offset where it lies in that, bytes
     * @return whether it is in the index now, at this place or another
     */
    public boolean add(byte[] bytes, int at, int length, int reference, long offset) {
        if (isZero(bytes, at, length)) {
            return false;
        }
        HashValue128 hash = hash(bytes, at, length);
        return put(hash.getMostSignificantBits(), hash.getLeastSignificantBits(), location(reference, offset));
    }

    /** Adds all of a file that is not a save image, such as a base image, an overlay, or a kernel. */
    public void addFile(Path file, int reference) throws IOException {
        add(file, BlockCutter.Cut.ALIGNED, reference);
    }

    /** Adds all pages of a save image. */
    public void addSaveImage(Path file, int reference) throws IOException {
        add(file, BlockCutter.Cut.PAGES, reference);
    }

    private void add(Path file, BlockCutter.Cut cut, int reference) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            BlockCutter.cut(in, cut, (bytes, at, length, offset) -> add(bytes, at, length, reference, offset));
        }
    }

    /** Adds what is in {@code other}, which has the same seed; {@code renumber} says its references' numbers here. */
    public void addAll(BlockIndex other, IntUnaryOperator renumber) {
        Checks.that(other.seed == seed, "indexes with different seeds cannot be combined");
        other.forEach((high, low, location) ->
                put(high, low, location(renumber.applyAsInt(reference(location)), offset(location))));
    }

    /** Where that block lies, to be asked with {@link #reference} and {@link #offset}; NONE when it is unknown. */
    long find(byte[] bytes, int at, int length) {
        if (blocks == 0 || isZero(bytes, at, length)) {
            return NONE;
        }
        HashValue128 hash = hash(bytes, at, length);
        int slot = slot(hash.getMostSignificantBits(), hash.getLeastSignificantBits());
        return slots[slot + 2] - 1;
    }

    static int reference(long location) {
        return (int) (location >>> OFFSET_BITS);
    }

    static long offset(long location) {
        return location & ((1L << OFFSET_BITS) - 1);
    }

    static boolean isZero(byte[] bytes, int at, int length) {
        return length == 0
                || (bytes[at] == 0 && Arrays.mismatch(bytes, at, at + length - 1, bytes, at + 1, at + length) < 0);
    }

    /** Takes one entry. */
    interface Entries {
        void entry(long high, long low, long location);
    }

    void forEach(Entries entries) {
        for (int slot = 0; slot < slots.length; slot += WORDS) {
            if (slots[slot + 2] != 0) {
                entries.entry(slots[slot], slots[slot + 1], slots[slot + 2] - 1);
            }
        }
    }

    /** As {@link #add}, of a block whose hash and place are known. */
    boolean put(long high, long low, long location) {
        int slot = slot(high, low);
        if (slots[slot + 2] != 0) {
            return true;
        }
        if (blocks == mostBlocks) {
            return false;
        }
        if (blocks >= slots.length / WORDS / 4 * 3) {
            grow();
            slot = slot(high, low);
        }
        slots[slot] = high;
        slots[slot + 1] = low;
        slots[slot + 2] = location + 1;
        blocks++;
        return true;
    }

    private static long location(int reference, long offset) {
        Checks.range("reference", reference, 0, Reference.MOST - 1);
        Checks.range("offset", offset, 0, Checks.MAX_DISK_BYTES);
        return ((long) reference << OFFSET_BITS) | offset;
    }

    private HashValue128 hash(byte[] bytes, int at, int length) {
        return hasher.hashBytesTo128Bits(bytes, at, length);
    }

    /** The first word of the slot that has this hash, or of the empty one where it belongs. */
    private int slot(long high, long low) {
        int mask = slots.length / WORDS - 1;
        int number = (int) low & mask;
        while (true) {
            int slot = number * WORDS;
            if (slots[slot + 2] == 0 || (slots[slot] == high && slots[slot + 1] == low)) {
                return slot;
            }
            number = (number + 1) & mask;
        }
    }

    private void grow() {
        long[] old = slots;
        slots = new long[2 * old.length];
        for (int from = 0; from < old.length; from += WORDS) {
            if (old[from + 2] != 0) {
                System.arraycopy(old, from, slots, slot(old[from], old[from + 1]), WORDS);
            }
        }
    }
}
