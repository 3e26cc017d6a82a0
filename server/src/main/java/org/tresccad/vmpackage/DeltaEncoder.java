package org.tresccad.vmpackage;

import java.util.Optional;
import org.tresccad.hypervisor.SaveImagePages;

/**
 * Says one part in terms of references: where its blocks are known, from there; what is between them, byte by byte.
 * One use each.
 */
final class DeltaEncoder {
    /** Shorter runs of one byte are left to zstd. */
    private static final int LEAST_FILL = 64;

    private static final int FILLED_RECORD_BYTES = DeltaLayout.HEADER_BYTES + 1;
    /** A lone record whose address is farther away than this is more likely none at all. */
    private static final long LIKELY_DISTANCE = 1L << 27;

    private final BlockIndex index;
    private final int references;
    private final PartBuffer part;
    private final byte[] plain;
    private final InstructionWriter out;
    /** Everything before it is written, in the run, or to be written byte by byte. */
    private int done;
    /** Where the bytes begin that are to be written byte by byte; {@link #done} when there are none. */
    private int literal;
    /** What may still go on: none, a copy, or pages. */
    private Run run = Run.NONE;

    private boolean isAnyKnown;
    private long runLocation;
    private long runBytes;
    private int runPages;
    private long runHeader;
    private long runStride;

    private enum Run {
        NONE,
        COPY,
        PAGES
    }

    private DeltaEncoder(BlockIndex index, int references, PartBuffer part) {
        this.index = index;
        this.references = references;
        this.part = part;
        this.plain = part.plain;
        this.out = new InstructionWriter(part.plain, part.plainLength, DeltaLayout.maxInstructions(part.plain.length));
    }

    /**
     * The instructions for {@code part}, whose blocks are cut; nothing when none of them is known, or when it would
     * take as many bytes as the part itself.
     *
     * @param references how many references the package has; others that {@code index} knows are left out
     */
    static Optional<InstructionWriter> encode(BlockIndex index, int references, PartBuffer part) {
        DeltaEncoder encoder = new DeltaEncoder(index, references, part);
        encoder.run();
        return encoder.isAnyKnown && encoder.out.isUsable() ? Optional.of(encoder.out) : Optional.empty();
    }

    private void run() {
        PartBlocks blocks = part.blocks;
        long[] locations = new long[blocks.count()];
        isAnyKnown = isUsable(blocks.headLocation()) || isUsable(blocks.tailLocation());
        for (int i = 0; i < locations.length; i++) {
            int from = blocks.start(i);
            locations[i] = index.find(plain, from, blocks.end(i) - from);
            isAnyKnown |= isUsable(locations[i]);
        }
        if (!isAnyKnown) {
            return;
        }
        if (isUsable(blocks.headLocation())) {
            known(0, blocks.headBytes(), blocks.headLocation());
        }
        for (int i = 0; i < locations.length && out.isUsable(); i++) {
            block(blocks.start(i), blocks.end(i), locations[i]);
        }
        if (isUsable(blocks.tailLocation())) {
            known(blocks.tailStart(), part.plainLength, blocks.tailLocation());
        }
        endRun();
        gap(part.plainLength);
        out.add(literal, part.plainLength);
    }

    private boolean isUsable(long location) {
        return location != BlockIndex.NONE && BlockIndex.reference(location) < references;
    }

    private void block(int from, int to, long location) {
        if (isUsable(location)) {
            known(from, to, location);
        } else if (!BlockIndex.isZero(plain, from, to - from)) {
            // Nothing is looked for in it: what it has of runs, zstd finds in a fraction of the time.
            endRun();
            gap(from);
            done = to;
        }
    }

    private void known(int from, int to, long location) {
        int headerAt = from - DeltaLayout.HEADER_BYTES;
        if (to - from == DeltaLayout.PAGE_BYTES && headerAt >= done && isPageRecord(headerAt)) {
            page(headerAt, location);
        } else {
            copy(from, to - from, location);
        }
        done = to;
        literal = to;
    }

    private boolean isPageRecord(int at) {
        return (plain[at + 7] & 0xff) == SaveImagePages.PAGE_RECORD_FLAGS && (plain[at + 6] & 0x0f) == 0;
    }

    private void page(int headerAt, long location) {
        long header = int64(headerAt);
        boolean goesOn = run == Run.PAGES
                && headerAt == done
                && header == runHeader + (long) runPages * DeltaLayout.PAGE_BYTES
                && BlockIndex.reference(location) == BlockIndex.reference(runLocation);
        long step = location - runLocation;
        if (goesOn && runPages == 1 && step >= DeltaLayout.PAGE_BYTES && step <= DeltaLayout.MAX_STRIDE) {
            runStride = step;
            runPages = 2;
        } else if (goesOn && runPages > 1 && step == runStride * runPages) {
            runPages++;
        } else {
            endRun();
            gap(headerAt);
            out.add(literal, headerAt);
            run = Run.PAGES;
            runLocation = location;
            runHeader = header;
            runPages = 1;
            runStride = DeltaLayout.PAGE_BYTES;
        }
    }

    private void copy(int from, int bytes, long location) {
        if (run == Run.COPY && from == done && location == runLocation + runBytes) {
            runBytes += bytes;
        } else {
            endRun();
            gap(from);
            out.add(literal, from);
            run = Run.COPY;
            runLocation = location;
            runBytes = bytes;
        }
    }

    private void endRun() {
        switch (run) {
            case COPY -> out.copy(runLocation, runBytes);
            case PAGES -> out.pages(runPages, runHeader, runLocation, runStride);
            case NONE -> {
                // Nothing was begun.
            }
        }
        run = Run.NONE;
    }

    /** Goes on to {@code to}; what it finds to be filled is written, the rest is left to be written byte by byte. */
    private void gap(int to) {
        int at = done;
        while (at < to && out.isUsable()) {
            int records = filledRecords(at, to);
            int filled = records > 0 ? 0 : filled(at, to);
            if (records > 0) {
                out.add(literal, at);
                out.filledPages(records, int64(at), plain[at + DeltaLayout.HEADER_BYTES]);
                at += records * FILLED_RECORD_BYTES;
                literal = at;
            } else if (filled > 0) {
                out.add(literal, at);
                out.fill(filled, plain[at]);
                at += filled;
                literal = at;
            } else {
                at++;
            }
        }
        done = Math.max(done, to);
    }

    /** How many records of filled pages follow each other from {@code at} on, all with the same byte. */
    private int filledRecords(int at, int to) {
        if (!isFilledRecord(at, to)) {
            return 0;
        }
        long header = int64(at);
        byte with = plain[at + DeltaLayout.HEADER_BYTES];
        int count = 1;
        int next = at + FILLED_RECORD_BYTES;
        while (isFilledRecord(next, to)
                && plain[next + DeltaLayout.HEADER_BYTES] == with
                && int64(next) == header + (long) count * DeltaLayout.PAGE_BYTES) {
            count++;
            next += FILLED_RECORD_BYTES;
        }
        return count > 1 || Math.abs(out.distance(header)) < LIKELY_DISTANCE ? count : 0;
    }

    private boolean isFilledRecord(int at, int to) {
        return at + FILLED_RECORD_BYTES <= to
                && (plain[at + 7] & 0xff) == SaveImagePages.FILLED_RECORD_FLAGS
                && (plain[at + 6] & 0x0f) == 0;
    }

    /** How many bytes from {@code at} on are the same, if they are enough. */
    private int filled(int at, int to) {
        byte with = plain[at];
        if (at + LEAST_FILL > to || plain[at + LEAST_FILL - 1] != with || plain[at + 1] != with) {
            return 0;
        }
        int end = at + 2;
        while (end < to && plain[end] == with) {
            end++;
        }
        return end - at >= LEAST_FILL ? end - at : 0;
    }

    private long int64(int at) {
        return (long) DeltaLayout.LONGS.get(plain, at);
    }
}
