package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ContentCutterTest {
    private static final byte[] CONTENT = noise(1 << 20, 5);

    private final Random random = new Random(20160622);

    @Test
    void blocksHaveOneToFourKibibytes() {
        List<Integer> ends = ends(CONTENT, CONTENT.length);
        int begin = 0;
        for (int end : ends) {
            assertThat(end - begin).isBetween(ContentCutter.LEAST_BYTES, BlockIndex.BLOCK_BYTES);
            begin = end;
        }
        assertThat(CONTENT.length - begin).isLessThan(BlockIndex.BLOCK_BYTES);
        assertThat(CONTENT.length / ends.size()).as("mean").isBetween(2000, 3500);
    }

    @Test
    void piecesMakeNoDifference() {
        List<Integer> whole = ends(CONTENT, CONTENT.length);
        for (int piece : new int[] {1, 63, 64, 960, 1023, 1024, 4096, 5000}) {
            assertThat(ends(CONTENT, piece)).as("in pieces of %d", piece).isEqualTo(whole);
        }
    }

    @Test
    void whatIsInsertedChangesTheBlocksAroundItOnly() {
        Set<String> before = blocks(CONTENT);
        for (int run = 0; run < 20; run++) {
            int at = random.nextInt(CONTENT.length);
            ByteArrayOutputStream changed = new ByteArrayOutputStream();
            changed.write(CONTENT, 0, at);
            changed.writeBytes(noise(1 + random.nextInt(5000), run));
            changed.write(CONTENT, at, CONTENT.length - at);
            Set<String> after = blocks(changed.toByteArray());
            after.removeAll(before);
            assertThat(after).hasSizeLessThan(12);
        }
    }

    private static Set<String> blocks(byte[] content) {
        Set<String> blocks = new HashSet<>();
        int begin = 0;
        for (int end : ends(content, content.length)) {
            blocks.add(Sha256.of(Arrays.copyOfRange(content, begin, end), end - begin));
            begin = end;
        }
        return blocks;
    }

    private static List<Integer> ends(byte[] content, int piece) {
        List<Integer> ends = new ArrayList<>();
        ContentCutter cutter = new ContentCutter();
        for (int from = 0; from < content.length; from += piece) {
            int to = Math.min(from + piece, content.length);
            int at = from;
            while (at < to) {
                int end = cutter.end(content, at, to);
                if (end >= 0) {
                    ends.add(end);
                }
                at = end < 0 ? to : end;
            }
        }
        return ends;
    }
}
