package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.testing.TestingSaveImage;

final class SaveImagePagesTest {
    private final Random random = new Random(1);
    private final TestingSaveImage image = TestingSaveImage.of(memory(200), 64, noise(5000));

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private List<byte[]> memory(int pages) {
        List<byte[]> memory = new ArrayList<>();
        for (int i = 0; i < pages; i++) {
            byte[] page = random.nextInt(3) > 0 ? noise(4096) : new byte[4096];
            if (random.nextInt(10) == 0) {
                Arrays.fill(page, (byte) 0xff);
            }
            memory.add(page);
        }
        return memory;
    }

    static List<Long> found(byte[] bytes, int piece) {
        SaveImagePages pages = new SaveImagePages();
        List<Long> found = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += piece) {
            int count = pages.accept(bytes, at, Math.min(piece, bytes.length - at));
            for (int i = 0; i < count; i++) {
                found.add(pages.page(i));
            }
        }
        assertThat(pages.position()).isEqualTo(bytes.length);
        return found;
    }

    private static byte[] changed(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 91, 92, 93, 511, 4096, 4104, 4105, 10_000, 1 << 20, 1 << 24})
    void pagesAreFoundHoweverTheFileArrives(int piece) {
        assertThat(found(image.bytes(), piece)).isEqualTo(image.pageOffsets()).hasSizeGreaterThan(100);
    }

    @Test
    void fileThatIsStillWrittenHasTheSamePages() {
        byte[] unfinished = image.bytes().clone();
        System.arraycopy("LibvirtQemudPart".getBytes(StandardCharsets.US_ASCII), 0, unfinished, 0, 16);
        assertThat(found(unfinished, 1000)).isEqualTo(image.pageOffsets());
    }

    @Test
    void fileThatIsCutShortHasThePagesBeforeTheCut() {
        int cut = image.bytes().length / 2;
        assertThat(found(Arrays.copyOf(image.bytes(), cut), 777))
                .isEqualTo(
                        image.pageOffsets().stream().filter(page -> page <= cut).toList());
    }

    @Test
    void whatComesAfterTheMemoryIsOpaque() {
        SaveImagePages pages = new SaveImagePages();
        pages.accept(image.bytes(), 0, image.bytes().length - 5001);
        assertThat(pages.isOver()).isFalse();
        assertThat(pages.accept(image.bytes(), image.bytes().length - 5001, 5001))
                .isZero();
        assertThat(pages.isOver()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 16, 28, 20 + 3, 92 + 1021, 92 + 1021 + 4, 92 + 1021 + 8})
    void fileOfAnotherKindHasNone(int at) {
        assertThat(found(changed(image.bytes(), at, 0x55), 1000)).isEmpty();
    }

    @Test
    void unknownFlagsEndTheSearchThere() {
        int third = (int) (long) image.pageOffsets().get(3);
        byte[] xbzrle = changed(image.bytes(), third - 1, 0x60);
        assertThat(found(xbzrle, 1000)).isEqualTo(image.pageOffsets().subList(0, 3));
    }
}
