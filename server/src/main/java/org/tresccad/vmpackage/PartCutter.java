package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.tresccad.hypervisor.SaveImagePages;

/**
 * Cuts one member's source into parts and, when there is an index to look them up in, marks where their blocks begin.
 * Pages do not lie at multiples of anything, so a part's end may cut one: the rest of that is then read ahead, to look
 * it up as a whole, and both parts are told. A block that is cut by its content is not looked up when a part's end cuts
 * it: there is one a part.
 */
final class PartCutter {
    /** Java copies what it reads once more, through a buffer of this size: it should stay in the core's cache. */
    private static final int PIECE_BYTES = 1 << 17;

    private final InputStream in;
    private final BlockCutter.Cut cut;
    private final Optional<BlockIndex> index;
    private final SaveImagePages pages = new SaveImagePages();
    private final ContentCutter content = new ContentCutter();
    /** Read ahead; the next part begins with it. */
    private final byte[] ahead = new byte[BlockIndex.BLOCK_BYTES];

    private int aheadBytes;
    private long aheadLocation = BlockIndex.NONE;
    private long position;
    /** Whether the part before ended within a block that is cut by its content. */
    private boolean isContentBegun;

    PartCutter(InputStream in, BlockCutter.Cut cut, Optional<BlockIndex> index) {
        this.in = in;
        this.cut = cut;
        this.index = index;
    }

    /** Fills {@code part}; it is full unless the source ends. */
    void next(PartBuffer part) throws IOException {
        byte[] plain = part.plain;
        int carried = aheadBytes;
        System.arraycopy(ahead, 0, plain, 0, carried);
        part.plainLength = carried + read(plain, carried, plain.length - carried);
        part.blocks.clear();
        if (index.isPresent()) {
            part.blocks.head(carried, aheadLocation);
            aheadBytes = 0;
            aheadLocation = BlockIndex.NONE;
            if (cut == BlockCutter.Cut.ALIGNED) {
                for (int at = 0; at < part.plainLength; at += BlockIndex.BLOCK_BYTES) {
                    part.blocks.add(at, Math.min(at + BlockIndex.BLOCK_BYTES, part.plainLength));
                }
            } else {
                cutPages(part, carried, index.get());
            }
        }
        position += part.plainLength;
    }

    private int read(byte[] target, int at, int length) throws IOException {
        int done = 0;
        int got = 0;
        while (got >= 0 && done < length) {
            got = in.read(target, at + done, Math.min(PIECE_BYTES, length - done));
            done += Math.max(got, 0);
        }
        return done;
    }

    private void cutPages(PartBuffer part, int carried, BlockIndex known) throws IOException {
        int length = part.plainLength;
        if (pages.isOver()) {
            cutContent(part, 0);
            return;
        }
        int found = pages.accept(part.plain, carried, length - carried);
        for (int i = 0; i < found; i++) {
            int start = (int) (pages.page(i) - position);
            if (length - start >= BlockIndex.BLOCK_BYTES) {
                part.blocks.add(start, start + BlockIndex.BLOCK_BYTES);
            } else if (length == part.plain.length && start <= length) {
                // A page further behind waits for its block's name; it is sent, that is all.
                cutPageAtEnd(part, start, known);
            }
        }
        if (pages.isOver()) {
            cutContent(part, (int) (pages.opaqueFrom() - position));
        }
    }

    private void cutContent(PartBuffer part, int from) {
        int length = part.plainLength;
        boolean isWhole = !isContentBegun;
        int start = from;
        while (start < length) {
            int end = content.end(part.plain, start, length);
            isContentBegun = end < 0;
            boolean isLast = isContentBegun && length < part.plain.length;
            if (isWhole && (!isContentBegun || isLast)) {
                part.blocks.add(start, isContentBegun ? length : end);
            }
            isWhole = true;
            start = isContentBegun ? length : end;
        }
    }

    private void cutPageAtEnd(PartBuffer part, int start, BlockIndex known) throws IOException {
        int here = part.plainLength - start;
        byte[] page = Arrays.copyOf(Arrays.copyOfRange(part.plain, start, part.plainLength), BlockIndex.BLOCK_BYTES);
        aheadBytes = in.readNBytes(ahead, 0, BlockIndex.BLOCK_BYTES - here);
        // Of a page's content: no page begins in it.
        pages.accept(ahead, 0, aheadBytes);
        if (here + aheadBytes < BlockIndex.BLOCK_BYTES) {
            return;
        }
        System.arraycopy(ahead, 0, page, here, aheadBytes);
        long location = known.find(page, 0, page.length);
        if (location != BlockIndex.NONE) {
            // A part that ends right before a page has none of it, and no instruction makes nothing.
            if (here > 0) {
                part.blocks.tail(start, location);
            }
            aheadLocation = location + here;
        }
    }
}
