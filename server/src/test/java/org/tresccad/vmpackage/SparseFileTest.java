package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SparseFileTest {
    private static final int GRAIN = 1 << 16;

    @TempDir
    Path directory = Path.of("");

    private Path write(byte[] content, int step) throws IOException {
        Path file = directory.resolve("member");
        try (MemberSink.Target target =
                MemberSink.file(file, MemberSink.Durability.CACHED).open()) {
            for (int at = 0; at < content.length; at += step) {
                int length = Math.min(step, content.length - at);
                target.write(Arrays.copyOfRange(content, at, at + step), length);
            }
            target.complete();
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, GRAIN, GRAIN + 1, 3 * GRAIN, 10 * GRAIN})
    void contentIsTheSameHoweverItIsCut(int step) throws IOException {
        byte[] content = noise(9 * GRAIN + 77, 1);
        Arrays.fill(content, GRAIN, 3 * GRAIN, (byte) 0);
        Arrays.fill(content, 5 * GRAIN - 10, 7 * GRAIN + 10, (byte) 0);
        assertThat(write(content, step)).hasBinaryContent(content);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, GRAIN, GRAIN + 1, 5 * GRAIN + 1})
    void fileOfZerosHasItsSizeButTakesNoRoom(int size) throws IOException {
        Path file = write(new byte[size], GRAIN);
        assertThat(file).hasSize(size).hasBinaryContent(new byte[size]);
        assertThat(allocatedBytes(file)).isZero();
    }

    @Test
    void zeroRunsInsideBecomeHoles() throws IOException {
        byte[] content = new byte[32 * GRAIN];
        System.arraycopy(noise(GRAIN, 1), 0, content, 8 * GRAIN, GRAIN);
        Path file = write(content, 16 * GRAIN);
        assertThat(file).hasBinaryContent(content);
        assertThat(allocatedBytes(file)).isBetween((long) GRAIN, 3L * GRAIN);
    }

    @ParameterizedTest
    @EnumSource(MemberSink.Durability.class)
    void fileIsForTheOwnerAlone(MemberSink.Durability durability) throws IOException {
        Path file = directory.resolve("private");
        try (MemberSink.Target target = MemberSink.file(file, durability).open()) {
            target.write(new byte[] {1}, 1);
            target.complete();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(file).hasBinaryContent(new byte[] {1});
    }

    @Test
    void whatExistsIsNotTouchedEvenAsALink() throws IOException {
        Path victim = Files.writeString(directory.resolve("victim"), "precious");
        Path link = Files.createSymbolicLink(directory.resolve("link"), victim);
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("made"));
        for (Path path : new Path[] {victim, link, dangling}) {
            assertThatExceptionOfType(FileAlreadyExistsException.class)
                    .isThrownBy(() ->
                            MemberSink.file(path, MemberSink.Durability.CACHED).open());
        }
        assertThat(victim).hasContent("precious");
        assertThat(directory.resolve("made")).doesNotExist();
    }

    /** What the file occupies; Java cannot say, coreutils can. */
    private static long allocatedBytes(Path file) throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        try (InputStream out = stat.getInputStream()) {
            return Long.parseLong(new String(out.readAllBytes(), StandardCharsets.US_ASCII).strip()) * 512;
        }
    }
}
