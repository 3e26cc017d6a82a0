package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tresccad.testing.TestingSaveImage;

/** Memory that arrives in pieces, cut at its pages, and by its content where it is not understood. */
class BlockCutterTest {
    private static final int PAGE = BlockIndex.BLOCK_BYTES;
    private static final int DEVICES = 9;
    private static final TestingSaveImage IMAGE =
            TestingSaveImage.of(List.of(noise(PAGE, 1), noise(PAGE, 2), noise(PAGE, 3)), 2, noise(DEVICES, 4));

    @Test
    void pagesAreFoundWhereverThePiecesEnd() throws IOException {
        byte[] bytes = IMAGE.bytes();
        for (int first = 0; first <= bytes.length; first++) {
            List<Long> found = new ArrayList<>(cut(bytes, first));
            assertThat(found.remove(found.size() - 1)).as("the devices").isEqualTo(bytes.length - DEVICES);
            // A piece that ends within the name of a page's block hides that page, and no other.
            assertThat(IMAGE.pageOffsets()).as("cut at %d", first).containsAll(found);
            assertThat(found).as("cut at %d", first).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void whatIsNotUnderstoodIsCutByItsContentWhereverThePiecesEnd() throws IOException {
        byte[] bytes = Arrays.copyOf(IMAGE.bytes(), IMAGE.bytes().length + 20_000);
        System.arraycopy(noise(20_000, 5), 0, bytes, IMAGE.bytes().length, 20_000);
        int lastPage = Math.toIntExact(Collections.max(IMAGE.pageOffsets()));
        List<Long> whole = cut(bytes, bytes.length).stream()
                .filter(offset -> offset > lastPage)
                .toList();
        assertThat(whole).hasSizeGreaterThan(20_000 / PAGE);
        for (int first = lastPage; first <= bytes.length; first += 7) {
            assertThat(cut(bytes, first)).as("cut at %d", first).endsWith(whole.toArray(Long[]::new));
        }
    }

    /** Where blocks begin, which all of the opaque rest is in. */
    private static List<Long> cut(byte[] bytes, int first) throws IOException {
        List<Long> found = new ArrayList<>();
        long[] end = {0};
        BlockCutter cutter = new BlockCutter(BlockCutter.Cut.PAGES, (block, at, length, offset) -> {
            assertThat(Arrays.copyOfRange(block, at, at + length))
                    .isEqualTo(Arrays.copyOfRange(bytes, (int) offset, (int) offset + length));
            found.add(offset);
            end[0] = offset + length;
        });
        cutter.accept(bytes, first);
        cutter.accept(Arrays.copyOfRange(bytes, first, bytes.length), bytes.length - first);
        cutter.end();
        assertThat(end[0]).isEqualTo(bytes.length);
        return found;
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
