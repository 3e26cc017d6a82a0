package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.process.Command;
import org.tresccad.process.CommandFailed;
import org.tresccad.process.TestingProcesses;

/** With real files made by the real qemu-img. */
final class ImageInspectionTest {
    private static final long MIB = 1 << 20;

    private final TestingProcesses processes = new TestingProcesses();
    private final QemuImg qemuImg = new QemuImg(processes);
    private final ImageInspection inspection = new ImageInspection(qemuImg, 64 * MIB);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {"compat=0.10", "compat=1.1", "compat=1.1,extended_l2=on", "compat=1.1,compression_type=zstd"})
    void aPlainQcow2OfAnyKindIsTaken(String options) throws IOException {
        Path file = qcow2("-o", options);

        ImageInspection.Finding finding = inspection.inspect(file, DiskFormat.QCOW2);

        assertThat(finding.format()).isEqualTo(DiskFormat.QCOW2);
        assertThat(finding.virtualSizeBytes()).isEqualTo(16 * MIB);
    }

    @Test
    void aBackingFileIsRefused() {
        Path base = qcow2();
        Path overlay = directory.resolve("overlay.qcow2");
        qemuImg.createOverlay(base, DiskFormat.QCOW2, overlay, OptionalLong.empty());

        assertRefused(overlay, DiskFormat.QCOW2, "another file");
    }

    @Test
    void anExternalDataFileIsRefused() {
        Path file = qcow2("-o", "data_file=" + directory.resolve("data.raw") + ",data_file_raw=on");

        assertRefused(file, DiskFormat.QCOW2, "another file");
    }

    @Test
    void aDataFileExtensionWithoutTheFeatureBitIsRefused() throws IOException {
        Path file = qcow2("-o", "data_file=" + directory.resolve("data.raw"));
        patch(file, 72, new byte[8]);

        assertRefused(file, DiskFormat.QCOW2, "another file");
    }

    @Test
    void internalSnapshotsAreRefused() {
        Path file = qcow2();
        run("qemu-img", "snapshot", "-c", "before", file.toString());

        assertRefused(file, DiskFormat.QCOW2, "snapshots");
    }

    @Test
    void anEncryptedImageIsRefused() {
        Path file = directory.resolve("luks.qcow2");
        // On a busy machine qemu-img sometimes gives up measuring how fast it can hash ("Unable to get accurate CPU
        // usage").
        await("an encrypted image")
                .ignoreExceptionsInstanceOf(CommandFailed.class)
                .until(() -> {
                    run(
                            "qemu-img",
                            "create",
                            "-q",
                            "-f",
                            "qcow2",
                            "--object",
                            "secret,id=key,data=secret",
                            "-o",
                            "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10",
                            file.toString(),
                            "16M");
                    return true;
                });

        assertRefused(file, DiskFormat.QCOW2, "encrypted");
    }

    @Test
    void anImageLargerThanAllowedIsRefused() {
        Path file = directory.resolve("large.qcow2");
        run("qemu-img", "create", "-q", "-f", "qcow2", file.toString(), "65M");

        assertRefused(file, DiskFormat.QCOW2, "virtual size");
    }

    @Test
    void unknownFeaturesAreRefused() throws IOException {
        Path file = qcow2();
        patch(file, 72, ByteBuffer.allocate(8).putLong(1L << 40).array());

        assertRefused(file, DiskFormat.QCOW2, "not known");
    }

    @Test
    void aHeaderCutShortIsRefused() throws IOException {
        Path file = directory.resolve("short.qcow2");
        Files.write(file, Arrays.copyOf(Files.readAllBytes(qcow2()), 90));

        assertRefused(file, DiskFormat.QCOW2, "cut short");
    }

    @ParameterizedTest
    @ValueSource(strings = {"qcow2", "vmdk", "vdi", "vhdx", "vpc", "qed", "parallels"})
    void rawDataThatLooksLikeAnotherFormatIsRefused(String format) {
        Path file = directory.resolve("disguised");
        run("qemu-img", "create", "-q", "-f", format, file.toString(), "16M");

        assertRefused(file, DiskFormat.RAW, "declare what it is");
        assertRefused(file, DiskFormat.AKI, "declare what it is");
    }

    @Test
    void aVmdkDescriptorThatNamesAHostFileIsRefusedAsRawAndAsQcow2() throws IOException {
        Path file = directory.resolve("descriptor");
        Files.writeString(
                file,
                "# Disk DescriptorFile\nversion=1\ncreateType=\"monolithicFlat\"\nRW 1 FLAT \"/etc/shadow\" 0\n",
                StandardCharsets.US_ASCII);

        assertRefused(file, DiskFormat.RAW, "vmdk");
        assertRefused(file, DiskFormat.QCOW2, "vmdk");
    }

    @ParameterizedTest
    @EnumSource(
            value = DiskFormat.class,
            names = {"RAW", "ISO", "AKI", "ARI", "QCOW2"})
    void dataOfNoFormatIsOnlyEverRaw(DiskFormat declared) throws IOException {
        Path file = directory.resolve("data");
        Files.writeString(file, "anything at all");

        assertThat(inspection.inspect(file, declared).format()).isEqualTo(DiskFormat.RAW);
    }

    @Test
    void overlaysNameTheirBaseRelativeToThemselves() throws IOException {
        Path base = qcow2();
        Path overlay = Files.createDirectories(directory.resolve("instances/1")).resolve("disk");

        qemuImg.createOverlay(base, DiskFormat.QCOW2, overlay, OptionalLong.of(32 * MIB));

        assertThat(Files.readString(overlay, StandardCharsets.ISO_8859_1)).contains("../../base.qcow2");
        assertThat(qemuImg.info(overlay, DiskFormat.QCOW2).virtualSizeBytes()).isEqualTo(32 * MIB);
        Path moved = Files.move(base, directory.resolve("moved.qcow2"));
        qemuImg.rebase(overlay, moved, DiskFormat.QCOW2);
        assertThat(Files.readString(overlay, StandardCharsets.ISO_8859_1)).contains("../../moved.qcow2");
        qemuImg.check(overlay);
    }

    private Path qcow2(String... options) {
        Path file = directory.resolve("base.qcow2");
        String[] argv = {"qemu-img", "create", "-q", "-f", "qcow2"};
        String[] all = Arrays.copyOf(argv, argv.length + options.length + 2);
        System.arraycopy(options, 0, all, argv.length, options.length);
        all[all.length - 2] = file.toString();
        all[all.length - 1] = "16M";
        run(all);
        return file;
    }

    private void run(String... argv) {
        processes.run(Command.of(Duration.ofMinutes(1), argv));
    }

    private static void patch(Path file, int offset, byte[] bytes) throws IOException {
        byte[] data = Files.readAllBytes(file);
        System.arraycopy(bytes, 0, data, offset, bytes.length);
        Files.write(file, data);
    }

    private void assertRefused(Path file, DiskFormat declared, String reason) {
        assertThatThrownBy(() -> inspection.inspect(file, declared))
                .isInstanceOf(ContentRefused.class)
                .hasMessageContaining(reason);
    }
}
