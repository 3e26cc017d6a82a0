package org.tresccad.vmpackage;

/**
 * Where the blocks of one part begin and end. A block that is cut by the part's begin or end was looked up as a whole by
 * whoever cut: here is only where it was found.
 */
final class PartBlocks {
    private final int[] starts;
    private final int[] ends;
    private int count;
    private int headBytes;
    private long headLocation = BlockIndex.NONE;
    private int tailStart;
    private long tailLocation = BlockIndex.NONE;

    PartBlocks(int partSize) {
        this.starts = new int[partSize / ContentCutter.LEAST_BYTES + 1];
        this.ends = new int[starts.length];
    }

    void clear() {
        count = 0;
        headBytes = 0;
        headLocation = BlockIndex.NONE;
        tailStart = 0;
        tailLocation = BlockIndex.NONE;
    }

    void add(int start, int end) {
        starts[count] = start;
        ends[count++] = end;
    }

    /** The part begins with the last {@code bytes} of a block, which lie at {@code location}. */
    void head(int bytes, long location) {
        headBytes = bytes;
        headLocation = location;
    }

    /** The part ends with the begin of a block at {@code location}. */
    void tail(int start, long location) {
        tailStart = start;
        tailLocation = location;
    }

    int count() {
        return count;
    }

    int start(int number) {
        return starts[number];
    }

    int end(int number) {
        return ends[number];
    }

    int headBytes() {
        return headBytes;
    }

    long headLocation() {
        return headLocation;
    }

    int tailStart() {
        return tailStart;
    }

    long tailLocation() {
        return tailLocation;
    }
}
