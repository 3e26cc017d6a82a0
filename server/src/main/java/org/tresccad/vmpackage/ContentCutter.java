package org.tresccad.vmpackage;

import java.util.SplittableRandom;

/**
 * Cuts content of which nothing is known where its own bytes say so, so that what was moved by an insertion is cut alike
 * again: by a rolling hash of the last 64 bytes (gear hash). Blocks have 1024 to 4096 bytes. Not thread-safe.
 *
 * @see <a href="https://www.usenix.org/conference/atc16/technical-sessions/presentation/xia">FastCDC, Xia et al., USENIX
 *     ATC 2016</a>
 */
final class ContentCutter {
    /** Bytes in the shortest block. */
    static final int LEAST_BYTES = 1024;

    private static final int WINDOW_BYTES = 64;
    /** Eleven of the bits that the whole window has had a part in: one byte in 2048 ends a block. */
    private static final long MASK = 0x7ffL << 53;

    private static final long[] GEAR =
            new SplittableRandom(0x7265736363616421L).longs(256).toArray();

    private long hash;
    private int bytesOfBlock;

    /**
     * Goes on with {@code bytes} from {@code from} to {@code to}.
     *
     * @return the index behind the block's last byte; -1 when the block goes on behind {@code to}
     */
    int end(byte[] bytes, int from, int to) {
        int at = from;
        if (bytesOfBlock < LEAST_BYTES - WINDOW_BYTES) {
            int skipped = Math.min(LEAST_BYTES - WINDOW_BYTES - bytesOfBlock, to - at);
            bytesOfBlock += skipped;
            at += skipped;
        }
        while (at < to) {
            hash = (hash << 1) + GEAR[bytes[at++] & 0xff];
            bytesOfBlock++;
            boolean isEnd = bytesOfBlock >= LEAST_BYTES && (hash & MASK) == 0;
            if (isEnd || bytesOfBlock == BlockIndex.BLOCK_BYTES) {
                hash = 0;
                bytesOfBlock = 0;
                return at;
            }
        }
        return -1;
    }
}
