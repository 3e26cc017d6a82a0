package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;

/**
 * Files that anybody may have made, read as qcow2: refused, or what their bytes say at the places that the format's
 * document names, and never taken for plain when those say otherwise.
 */
final class Qcow2HeaderFuzzTest {
    private static final int DATA_FILE = 0x44415441;
    private static final int FORMAT_OF_BACKING_FILE = 0xe2792aca;
    private static final int FEATURE_NAMES = 0x6803f857;

    private static final List<byte[]> CORRECT = List.of(version2(), version3());

    private static byte[] version2() {
        byte[] bytes = new byte[600];
        ByteBuffer file = start(bytes, 2, 200);
        file.putInt(72, FORMAT_OF_BACKING_FILE).putInt(76, 3).put(80, ascii("raw"));
        return bytes;
    }

    private static byte[] version3() {
        byte[] bytes = new byte[600];
        ByteBuffer file = start(bytes, 3, 480);
        file.putLong(72, 1).putInt(96, 4).putInt(100, 104);
        file.putInt(104, FORMAT_OF_BACKING_FILE).putInt(108, 5).put(112, ascii("qcow2"));
        file.putInt(120, FEATURE_NAMES).putInt(124, 96);
        return bytes;
    }

    /** With clusters of 512 bytes, and the name of a backing file at {@code backing}. */
    private static ByteBuffer start(byte[] bytes, int version, int backing) {
        byte[] name = ascii("/etc/shadow");
        ByteBuffer file = ByteBuffer.wrap(bytes);
        file.putInt(Qcow2Header.MAGIC).putInt(version).putLong(backing).putInt(name.length);
        file.putInt(9).putLong(1 << 20);
        return file.put(backing, name);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    @Timeout(60)
    void keptFilesAreRefusedOrSayWhatIsInTheirBytes() {
        FuzzCorpus.replay(Qcow2HeaderFuzzTest.class, 20, Qcow2HeaderFuzzTest::fuzzerTestOneInput);
    }

    @Test
    void correctFilesNameTheirBackingFile() {
        for (byte[] correct : CORRECT) {
            assertThat(Qcow2Header.read(correct).backingFile()).contains("/etc/shadow");
        }
    }

    /** One byte for the file that the others change; they are the file if it is none. */
    public static void fuzzerTestOneInput(byte[] input) {
        FuzzInput choices = new FuzzInput(input);
        int which = choices.below(CORRECT.size() + 1);
        byte[] file = which == CORRECT.size() ? choices.rest() : CORRECT.get(which);
        for (int n = 0; n < 8 && !choices.isOver(); n++) {
            file = choices.changed(file);
        }
        check(file);
    }

    private static void check(byte[] file) {
        Qcow2Header header;
        try {
            header = Qcow2Header.read(file);
        } catch (ContentRefused e) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(file);
        assertThat(bytes.getInt(0)).isEqualTo(Qcow2Header.MAGIC);
        assertThat(header.version()).isEqualTo(bytes.getInt(4)).isBetween(2, 3);
        assertThat(header.virtualSizeBytes()).isEqualTo(bytes.getLong(24)).isNotNegative();
        assertThat(header.backingFile()).isEqualTo(backingFile(bytes));
        assertThat(header.hasDataFile()).isEqualTo(hasDataFile(bytes));
        boolean isPlain = bytes.getInt(32) == 0 && bytes.getInt(60) == 0 && (incompatible(bytes) & ~0b11001) == 0;
        assertThat(isTaken(file)).isEqualTo(isPlain && !header.hasDataFile());
    }

    private static boolean isTaken(byte[] file) {
        try {
            ForeignDisk.read(file);
            return true;
        } catch (ContentRefused e) {
            return false;
        }
    }

    private static Optional<String> backingFile(ByteBuffer bytes) {
        long offset = bytes.getLong(8);
        if (offset == 0) {
            return Optional.empty();
        }
        byte[] name = new byte[bytes.getInt(16)];
        bytes.get(Math.toIntExact(offset), name);
        return Optional.of(new String(name, StandardCharsets.ISO_8859_1));
    }

    private static boolean hasDataFile(ByteBuffer bytes) {
        boolean isFound = (incompatible(bytes) & 0b100) != 0;
        int at = bytes.getInt(4) == 2 ? 72 : bytes.getInt(100);
        int end = 1 << bytes.getInt(20);
        while (at + 8 <= end && bytes.getInt(at) != 0) {
            isFound |= bytes.getInt(at) == DATA_FILE;
            at += 8 + (bytes.getInt(at + 4) + 7) / 8 * 8;
        }
        return isFound;
    }

    private static long incompatible(ByteBuffer bytes) {
        return bytes.getInt(4) == 2 ? 0 : bytes.getLong(72);
    }
}
