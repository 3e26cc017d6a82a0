package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

final class SaveImageHeaderTest {
    private static final String XML = "<domain>\u00e4</domain>";
    private static final byte[] STREAM = "QEVM and so on".getBytes(StandardCharsets.US_ASCII);
    private static final int DATA_BYTES = 200;

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void writeAsLibvirtDoes() throws IOException {
        file = directory.resolve("memory");
        byte[] xml = XML.getBytes(StandardCharsets.UTF_8);
        ByteBuffer image = ByteBuffer.allocate(92 + DATA_BYTES + STREAM.length).order(ByteOrder.LITTLE_ENDIAN);
        image.put("LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII));
        image.putInt(2).putInt(DATA_BYTES).putInt(1).putInt(0).putInt(xml.length + 1);
        image.put(92, xml);
        image.put(92 + xml.length + 1, "<cookie/>".getBytes(StandardCharsets.US_ASCII));
        image.put(92 + DATA_BYTES, STREAM);
        Files.write(file, image.array());
    }

    @Test
    void theXmlEndsWhereTheCookieBegins() throws IOException {
        SaveImageHeader header = SaveImageHeader.read(file);
        assertThat(header.xml()).isEqualTo(XML);
        assertThat(header.streamOffset()).isEqualTo(92 + DATA_BYTES);
    }

    @Test
    void aReplacedXmlLeavesTheStreamWhereItWasAndNoCookie() throws IOException {
        String longer = "<domain>" + "x".repeat(DATA_BYTES - 18) + "</domain>";
        SaveImageHeader.replaceXml(file, longer);
        assertThat(SaveImageHeader.read(file).xml()).isEqualTo(longer);
        SaveImageHeader.replaceXml(file, "<domain/>");
        SaveImageHeader.replaceXml(file, "<domain/>");
        assertThat(SaveImageHeader.read(file).xml()).isEqualTo("<domain/>");
        byte[] all = Files.readAllBytes(file);
        assertThat(Arrays.copyOfRange(all, 92 + DATA_BYTES, all.length)).isEqualTo(STREAM);
        assertThat(intAt(all, 24)).as("was_running").isOne();
        assertThat(intAt(all, 32)).as("cookie").isZero();
        assertThat(new String(all, StandardCharsets.ISO_8859_1)).doesNotContain("cookie");
    }

    @Test
    void anXmlThatDoesNotFitIsRefusedAndTheFileStaysAsItWas() throws IOException {
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> SaveImageHeader.replaceXml(file, "x".repeat(DATA_BYTES)))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT));
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void anUnfinishedForeignOrHostileFileIsRefused() throws IOException {
        assertInvalidWith(12, 0x74726150); // "LibvirtQemudPart"
        assertInvalidWith(0, 0);
        assertInvalidWith(16, 3);
        assertInvalidWith(20, 0);
        assertInvalidWith(20, -1);
        assertInvalidWith(20, Integer.MAX_VALUE);
        assertInvalidWith(20, 1024 * 1024 + 1);
        assertInvalidWith(20, 1000); // longer than the file
        assertInvalidWith(24, 7);
        assertInvalidWith(28, 1);
        assertInvalidWith(32, DATA_BYTES);
        assertInvalidWith(32, -1);
        Files.write(file, new byte[50]);
        assertInvalid();
        Files.write(file, new byte[0]);
        assertInvalid();
    }

    @Test
    void aStreamIsReadAsTheFileIsAndNotAByteTooFar() throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(Files.readAllBytes(file));
        SaveImageHeader header = SaveImageHeader.read(in);
        assertThat(header.xml()).isEqualTo(XML);
        assertThat(header.wasRunning()).isTrue();
        assertThat(in.readAllBytes()).isEqualTo(STREAM);
    }

    @Test
    void aHeaderCutShortAnywhereIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < 92 + DATA_BYTES; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> SaveImageHeader.read(new ByteArrayInputStream(cut)))
                    .as("%d bytes", length)
                    .isInstanceOf(TresccadException.class)
                    .hasMessageContaining("cut short");
        }
    }

    @Test
    void textThatIsNotUtf8IsRefused() throws IOException {
        byte[] all = Files.readAllBytes(file);
        all[95] = (byte) 0xFF;
        Files.write(file, all);
        SaveImageHeader header = SaveImageHeader.read(file);
        assertThatThrownBy(header::xml).isInstanceOf(TresccadException.class);
    }

    private void assertInvalidWith(int offset, int value) throws IOException {
        byte[] good = Files.readAllBytes(file);
        byte[] bad = good.clone();
        ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
        Files.write(file, bad);
        assertInvalid();
        assertThat(Files.readAllBytes(file)).isEqualTo(bad);
        Files.write(file, good);
    }

    private void assertInvalid() {
        assertThatThrownBy(() -> SaveImageHeader.replaceXml(file, "<domain/>"))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT));
    }

    private static int intAt(byte[] bytes, int offset) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    }
}
