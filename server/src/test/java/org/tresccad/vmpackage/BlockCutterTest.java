package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tresccad.testing.TestingSaveImage;

/** Memory that arrives in pieces, cut at its pages. */
class BlockCutterTest {
    private static final int PAGE = BlockIndex.BLOCK_BYTES;
    private static final TestingSaveImage IMAGE =
            TestingSaveImage.of(List.of(noise(PAGE, 1), noise(PAGE, 2), noise(PAGE, 3)), 2, noise(9, 4));

    @Test
    void pagesAreFoundWhereverThePiecesEnd() throws IOException {
        byte[] bytes = IMAGE.bytes();
        for (int first = 0; first <= bytes.length; first++) {
            List<Long> found = new ArrayList<>();
            BlockCutter cutter = new BlockCutter(BlockCutter.Cut.PAGES, (block, at, length, offset) -> {
                assertThat(Arrays.copyOfRange(block, at, at + length))
                        .isEqualTo(Arrays.copyOfRange(bytes, (int) offset, (int) offset + PAGE));
                found.add(offset);
            });
            cutter.accept(bytes, first);
            cutter.accept(Arrays.copyOfRange(bytes, first, bytes.length), bytes.length - first);
            cutter.end();
            // A piece that ends within the name of a page's block hides that page, and no other.
            assertThat(IMAGE.pageOffsets()).as("cut at %d", first).containsAll(found);
            assertThat(found).as("cut at %d", first).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void partsAreCutWhereverTheyEnd() throws IOException {
        byte[] bytes = IMAGE.bytes();
        BlockIndex known = TestingDeltas.index();
        TestingDeltas.addSaveImage(known, bytes, 0);
        for (int more = 0; more < PAGE; more++) {
            PartCutter cutter =
                    new PartCutter(new ByteArrayInputStream(bytes), BlockCutter.Cut.PAGES, Optional.of(known));
            PartBuffer part = new PartBuffer(PAGE + more);
            int seen = 0;
            do {
                cutter.next(part);
                seen += part.plainLength;
            } while (part.plainLength == part.plain.length);
            assertThat(seen).isEqualTo(bytes.length);
        }
    }
}
