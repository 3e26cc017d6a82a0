package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.InputStream;
import org.tresccad.hypervisor.SaveImagePages;

/**
 * Cuts content that passes by into the blocks by which it is indexed: a save image at its pages, wherever they lie, and
 * where it is not understood by its content; anything else at multiples of the block's size. Not thread-safe.
 */
final class BlockCutter {
    private static final int PIECE_BYTES = 1 << 20;

    /** How content is cut. */
    enum Cut {
        /** A save image: at the guest's pages. What is between them is no block; what is behind them is cut by content. */
        PAGES,
        /** At multiples of the block's size; the last block may be shorter. */
        ALIGNED;

        /** How {@code member} is cut. */
        static Cut of(Member member) {
            return switch (member) {
                case SNAPSHOT, SNAPSHOT_AHEAD -> PAGES;
                case AHEAD, LIBVIRT_XML, KERNEL, RAMDISK, DISK -> ALIGNED;
            };
        }
    }

    private final Cut cut;
    private final Blocks blocks;
    private final SaveImagePages pages = new SaveImagePages();
    private final ContentCutter content = new ContentCutter();
    private final byte[] begun = new byte[BlockIndex.BLOCK_BYTES];
    private int begunBytes;
    private long begunAt = -1;
    private long position;

    BlockCutter(Cut cut, Blocks blocks) {
        this.cut = cut;
        this.blocks = blocks;
    }

    /** Cuts all of {@code in}, which stays open. */
    static void cut(InputStream in, Cut cut, Blocks blocks) throws IOException {
        BlockCutter cutter = new BlockCutter(cut, blocks);
        byte[] piece = new byte[PIECE_BYTES];
        for (int got = in.read(piece); got >= 0; got = in.read(piece)) {
            cutter.accept(piece, got);
        }
        cutter.end();
    }

    /** The next {@code length} bytes. */
    void accept(byte[] bytes, int length) throws IOException {
        if (pages.isOver()) {
            cutContent(bytes, 0, length);
        } else {
            cutBlocks(bytes, length);
        }
        position += length;
    }

    private void cutBlocks(byte[] bytes, int length) throws IOException {
        int at = begunAt >= 0 ? goOn(bytes, length) : 0;
        if (cut == Cut.PAGES) {
            int found = pages.accept(bytes, 0, length);
            for (int i = 0; i < found; i++) {
                cutAt(bytes, length, pages.page(i));
            }
            if (pages.isOver()) {
                cutContent(bytes, (int) (pages.opaqueFrom() - position), length);
            }
        } else {
            for (; at < length; at += BlockIndex.BLOCK_BYTES) {
                cutAt(bytes, length, position + at);
            }
        }
    }

    private void cutContent(byte[] bytes, int from, int length) throws IOException {
        int at = from;
        while (at < length) {
            int end = content.end(bytes, at, length);
            int to = end < 0 ? length : end;
            if (begunAt < 0 && end >= 0) {
                blocks.block(bytes, at, end - at, position + at);
            } else {
                if (begunAt < 0) {
                    begunAt = position + at;
                    begunBytes = 0;
                }
                System.arraycopy(bytes, at, begun, begunBytes, to - at);
                begunBytes += to - at;
                if (end >= 0) {
                    blocks.block(begun, 0, begunBytes, begunAt);
                    begunAt = -1;
                }
            }
            at = to;
        }
    }

    /** Nothing more comes. */
    void end() throws IOException {
        if (begunAt >= 0 && (cut == Cut.ALIGNED || pages.isOver())) {
            blocks.block(begun, 0, begunBytes, begunAt);
        }
        begunAt = -1;
    }

    /** Completes the block that the piece before left incomplete; returns how many bytes it took. */
    private int goOn(byte[] bytes, int length) throws IOException {
        int took = Math.min(length, BlockIndex.BLOCK_BYTES - begunBytes);
        System.arraycopy(bytes, 0, begun, begunBytes, took);
        begunBytes += took;
        if (begunBytes == BlockIndex.BLOCK_BYTES) {
            blocks.block(begun, 0, begunBytes, begunAt);
            begunAt = -1;
        }
        return took;
    }

    private void cutAt(byte[] bytes, int length, long offset) throws IOException {
        int at = (int) (offset - position);
        if (length - at >= BlockIndex.BLOCK_BYTES) {
            blocks.block(bytes, at, BlockIndex.BLOCK_BYTES, offset);
        } else if (at <= length) {
            // A page further behind waits for its block's name; there is one a block of memory, and it stays unknown.
            begunAt = offset;
            begunBytes = length - at;
            System.arraycopy(bytes, at, begun, 0, begunBytes);
        }
    }
}
