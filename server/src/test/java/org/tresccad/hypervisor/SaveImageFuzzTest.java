package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;
import org.tresccad.testing.TestingSaveImage;

/**
 * Files that anybody may have made, read as save images. The header is refused as invalid, or its XML can be replaced
 * and the rest of the file stays as it was; and the pages are found where they are however the file arrives.
 */
final class SaveImageFuzzTest {
    private static final int LONGEST_NAME = 255;
    private static final String OURS = "<domain/>";
    private static final byte[] CORRECT = TestingSaveImage.of(
                    List.of(page(1, 2), page(3, 3), page(4, 4), page(5, 6), page(0, 0)), 2, new byte[] {1, 2, 3})
            .bytes();

    private static final Path FILE = file();

    private static byte[] page(int first, int others) {
        byte[] page = new byte[SaveImagePages.PAGE_BYTES];
        Arrays.fill(page, (byte) others);
        page[0] = (byte) first;
        return page;
    }

    private static Path file() {
        try {
            Path file = Files.createTempFile("memory", "");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Timeout(60)
    void keptFilesAreRefusedOrChangedOnlyInTheirXml() {
        FuzzCorpus.replay(SaveImageFuzzTest.class, 20, SaveImageFuzzTest::fuzzerTestOneInput);
    }

    /** One byte says whether the others are a file or change a correct one; two say in which pieces it arrives. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        FuzzInput choices = new FuzzInput(input);
        boolean isRaw = choices.below(4) == 0;
        int piece = 1 + choices.below(1 << 16);
        byte[] file = isRaw ? choices.rest() : changed(choices);
        header(file);
        pages(file, piece);
    }

    private static byte[] changed(FuzzInput choices) {
        byte[] changed = CORRECT;
        for (int n = 0; n < 8 && !choices.isOver(); n++) {
            changed = choices.changed(changed);
        }
        return changed;
    }

    private static void header(byte[] file) throws IOException {
        Files.write(FILE, file);
        Optional<SaveImageHeader> streamed = streamed(file);
        SaveImageHeader header;
        try {
            header = SaveImageHeader.read(FILE);
        } catch (TresccadException e) {
            expectInvalid(e);
            assertThat(streamed).as("what the stream had").isEmpty();
            return;
        }
        assertThat(streamed.map(SaveImageHeader::streamOffset)).contains(header.streamOffset());
        assertThat(streamed.map(SaveImageHeader::wasRunning)).contains(header.wasRunning());
        try {
            byte[] xml = header.xml().getBytes(StandardCharsets.UTF_8);
            assertThat(Arrays.mismatch(xml, 0, xml.length, file, 92, 92 + xml.length))
                    .isEqualTo(-1);
        } catch (TresccadException e) {
            expectInvalid(e);
        }
        int stream = Math.toIntExact(header.streamOffset());
        try {
            SaveImageHeader.replaceXml(FILE, OURS);
            SaveImageHeader replaced = SaveImageHeader.read(FILE);
            assertThat(replaced.xml()).isEqualTo(OURS);
            assertThat(replaced.wasRunning()).isEqualTo(header.wasRunning());
        } catch (TresccadException e) {
            expectInvalid(e);
            assertThat(stream).as("room before the stream").isLessThanOrEqualTo(92 + OURS.length());
            stream = 0;
        }
        byte[] after = Files.readAllBytes(FILE);
        assertThat(Arrays.mismatch(file, stream, file.length, after, stream, after.length))
                .isEqualTo(-1);
    }

    private static Optional<SaveImageHeader> streamed(byte[] file) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(file);
        try {
            SaveImageHeader header = SaveImageHeader.read(in);
            assertThat(in.available()).isEqualTo(file.length - header.streamOffset());
            return Optional.of(header);
        } catch (TresccadException e) {
            expectInvalid(e);
            return Optional.empty();
        }
    }

    private static void pages(byte[] file, int piece) {
        List<Long> found = SaveImagePagesTest.found(file, Math.max(1, file.length));
        assertThat(SaveImagePagesTest.found(file, piece)).isEqualTo(found);
        long last = 92;
        for (long page : found) {
            // In a file that ends in the name of a page's block, the page is where it would begin.
            assertThat(page).isGreaterThan(last).isLessThanOrEqualTo(file.length + LONGEST_NAME);
            last = page + SaveImagePages.PAGE_BYTES;
        }
    }

    private static void expectInvalid(TresccadException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT);
    }
}
