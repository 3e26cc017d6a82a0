package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.process.Command;
import org.tresccad.process.TestingProcesses;

/** With real files made by the real qemu-img: which disks from elsewhere are made to stand on a base of ours. */
final class Qcow2OverlaysTest {
    private static final long MIB = 1 << 20;
    private static final ContentDigest DIGEST = new ContentDigest("ab".repeat(64));

    private final TestingProcesses processes = new TestingProcesses();
    private final QemuImg qemuImg = new QemuImg(processes);
    private final Qcow2Overlays overlays = new Qcow2Overlays(qemuImg);

    @TempDir
    private Path directory;

    private StoredContent base = new StoredContent(DIGEST, Path.of(""), 0, DiskFormat.RAW, 0);

    @BeforeEach
    void makeTheBase() throws IOException {
        Path file = Files.createDirectories(directory.resolve("content/ab")).resolve(DIGEST.sha512());
        byte[] ones = new byte[(int) MIB];
        Arrays.fill(ones, (byte) 1);
        Files.write(file, ones);
        base = new StoredContent(DIGEST, file, MIB, DiskFormat.RAW, MIB);
    }

    @Test
    void aWholeCopyStandsOnNothingAndShowsTheSame() throws IOException {
        Path overlay = directory.resolve("disk");
        overlays.create(base, overlay, 2 * MIB);
        Path copy = directory.resolve("copy");

        overlays.copyWhole(overlay, copy);

        assertThat(Qcow2Header.read(copy).backingFile()).isEmpty();
        Files.delete(overlay);
        assertThat(guestSees(copy)).startsWith(1, 1, 1).endsWith(0, 0, 0).hasSize((int) (2 * MIB));
    }

    @Test
    void anOverlayOfTheSameBaseOnAnotherHostStandsOnOurs() throws IOException {
        Path overlay = unrooted("../../elsewhere/ab/" + DIGEST, "2M");

        overlays.adopt(overlay, base, Optional.empty(), 2 * MIB);

        assertThat(guestSees(overlay)).startsWith(1, 1, 1).endsWith(0, 0, 0).hasSize((int) (2 * MIB));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cluster_size=65536", "cluster_size=2M", "compat=0.10", "extended_l2=on"})
    void onlyAnOverlayLaidOutAsOursCanTakeTheFileOfOneThatIsOpen(String options) {
        Path open = directory.resolve("disk");
        overlays.create(base, open, 2 * MIB);
        Overlays.Layout layout = overlays.layout(open);
        Path arrived = directory.resolve("arrived");
        String name = "content/ab/" + DIGEST;
        createOverlay(arrived, name, options);

        assertThat(layout.isThatOf(arrived, base)).isEqualTo(options.equals("cluster_size=65536"));
        createOverlay(arrived, "../elsewhere", "cluster_size=65536");
        assertThat(layout.isThatOf(arrived, base)).isFalse();
    }

    private void createOverlay(Path overlay, String backing, String options) {
        run(
                "qemu-img",
                "create",
                "-q",
                "-u",
                "-f",
                "qcow2",
                "-o",
                options,
                "-b",
                backing,
                "-F",
                "raw",
                overlay.toString(),
                "2M");
    }

    @Test
    void anOverlayThatNamesOurBaseAlreadyIsNotWrittenTo() throws IOException {
        Path overlay = directory.resolve("disk");
        overlays.create(base, overlay, 2 * MIB);
        FileTime longAgo = FileTime.fromMillis(0);
        Files.setLastModifiedTime(overlay, longAgo);

        overlays.adopt(overlay, base, Optional.empty(), 2 * MIB);
        assertThat(Files.getLastModifiedTime(overlay)).isEqualTo(longAgo);

        StoredContent other = new StoredContent(DIGEST, base.path(), MIB, DiskFormat.QCOW2, MIB);
        overlays.adopt(overlay, other, Optional.empty(), 2 * MIB);
        assertThat(Qcow2Header.read(overlay).backingFormat()).contains("qcow2");
    }

    @Test
    void damageBehindTheHeaderIsFound() throws IOException {
        Path disk = directory.resolve("disk");
        overlays.create(base, disk, 2 * MIB);
        run("qemu-io", "-f", "qcow2", "-c", "write -P 7 0 64k", disk.toString());
        overlays.check(disk);
        long firstLevel = ByteBuffer.wrap(Files.readAllBytes(disk)).getLong(40);
        patch(disk, firstLevel, ByteBuffer.allocate(8).putLong((1L << 63) | (1 << 16)));

        overlays.adopt(disk, base, Optional.empty(), 2 * MIB);
        assertThatThrownBy(() -> overlays.check(disk))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT))
                .hasMessageContaining("damaged");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/shadow",
                "../../../../etc/shadow",
                "nbd://127.0.0.1/x",
                "json:{\"driver\":\"null-co\"}",
                "x"
            })
    void anOverlayThatNamesAnotherFileIsRefusedAndStaysAsItIs(String backing) throws IOException {
        Path overlay = unrooted(backing, "2M");
        byte[] before = Files.readAllBytes(overlay);

        assertThatThrownBy(() -> overlays.adopt(overlay, base, Optional.empty(), 2 * MIB))
                .isInstanceOf(ContentRefused.class)
                .hasMessageContaining("another file than its base image")
                .hasMessageNotContaining("shadow");

        assertThat(Files.readAllBytes(overlay)).isEqualTo(before);
    }

    @Test
    void aNameThatWasExpectedIsTakenAndAnyOtherIsNot() throws IOException {
        Path overlay = unrooted("/opt/stack/_base/1234", "2M");

        assertThatThrownBy(() -> overlays.adopt(overlay, base, Optional.of("/opt/stack/_base/5678"), 2 * MIB))
                .isInstanceOf(ContentRefused.class);
        overlays.adopt(overlay, base, Optional.of("/opt/stack/_base/1234"), 2 * MIB);

        assertThat(guestSees(overlay)).startsWith(1, 1, 1);
    }

    @Test
    void aDiskThatStandsAloneStandsOnNothingButZeros() throws IOException {
        Path disk = directory.resolve("disk");
        run("qemu-img", "create", "-q", "-f", "qcow2", disk.toString(), "2M");
        run("qemu-io", "-f", "qcow2", "-c", "write -P 7 0 64k", disk.toString());
        Path zeros = Files.write(directory.resolve("zeros"), new byte[512]);

        overlays.adoptWhole(disk, new StoredContent(DIGEST, zeros, 512, DiskFormat.RAW, 512), 2 * MIB);

        assertThat(guestSees(disk)).startsWith(7, 7, 7).endsWith(0, 0, 0).hasSize((int) (2 * MIB));
        assertThat(Qcow2Header.read(disk).backingFile())
                .hasValueSatisfying(name -> assertThat(name).contains("zeros"));
    }

    @Test
    void aDiskThatWasSaidToStandAloneAndDoesNotIsRefused() {
        Path overlay = unrooted("/etc/shadow", "2M");
        assertThatThrownBy(() -> overlays.adoptWhole(overlay, base, 2 * MIB))
                .isInstanceOf(ContentRefused.class)
                .hasMessageContaining("stand alone");
    }

    @Test
    void dataInAnotherFileIsRefused() {
        Path disk = directory.resolve("disk");
        String options = "data_file=" + directory.resolve("data.raw") + ",data_file_raw=on";
        run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, disk.toString(), "2M");

        assertRefused(disk, "another file for its data");
    }

    @Test
    void snapshotsEncryptionUnknownFeaturesAndAnotherVersionAreRefused() throws IOException {
        Path snapshots = unrooted(DIGEST.sha512(), "2M");
        patch(snapshots, 60, ByteBuffer.allocate(4).putInt(1));
        assertRefused(snapshots, "internal snapshots");

        Path encrypted = unrooted(DIGEST.sha512(), "2M");
        patch(encrypted, 32, ByteBuffer.allocate(4).putInt(2));
        assertRefused(encrypted, "is encrypted");

        Path features = unrooted(DIGEST.sha512(), "2M");
        patch(features, 72, ByteBuffer.allocate(8).putLong(1L << 40));
        assertRefused(features, "not known here");

        Path newer = unrooted(DIGEST.sha512(), "2M");
        patch(newer, 4, ByteBuffer.allocate(4).putInt(4));
        assertRefused(newer, "neither 2 nor 3");
    }

    @Test
    void aNameOutOfTheFirstClusterIsRefused() throws IOException {
        for (long[] place :
                List.of(new long[] {1L << 40, 10}, new long[] {-1, 10}, new long[] {600, 1024}, new long[] {600, 0})) {
            Path overlay = unrooted(DIGEST.sha512(), "2M");
            patch(overlay, 8, ByteBuffer.allocate(12).putLong(place[0]).putInt((int) place[1]));
            assertRefused(overlay, "out of range");
        }
    }

    @Test
    void aDiskCutShortAnywhereInItsHeaderIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(unrooted(DIGEST.sha512(), "2M"));
        Path disk = directory.resolve("short");
        for (int length : Stream.iterate(0, n -> n < 600, n -> n + 7).toList()) {
            Files.write(disk, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> overlays.adopt(disk, base, Optional.empty(), 2 * MIB))
                    .as("%d bytes", length)
                    .isInstanceOf(ContentRefused.class);
        }
    }

    private void assertRefused(Path disk, String why) {
        assertThatThrownBy(() -> overlays.adopt(disk, base, Optional.empty(), 2 * MIB))
                .isInstanceOf(ContentRefused.class)
                .hasMessageContaining(why);
        assertThatThrownBy(() -> overlays.adoptWhole(disk, base, 2 * MIB))
                .isInstanceOf(ContentRefused.class)
                .hasMessageContaining(why);
    }

    /** An overlay whose base was never looked for. */
    private Path unrooted(String backing, String size) {
        Path overlay = directory.resolve("overlay");
        run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", backing, "-F", "raw", overlay.toString(), size);
        return overlay;
    }

    private byte[] guestSees(Path disk) throws IOException {
        Path raw = directory.resolve("seen.raw");
        run("qemu-img", "convert", "-q", "-f", "qcow2", "-O", "raw", disk.toString(), raw.toString());
        return Files.readAllBytes(raw);
    }

    private void run(String... argv) {
        processes.run(new Command(List.of(argv), Map.of(), Duration.ofSeconds(30)));
    }

    private static void patch(Path file, long position, ByteBuffer bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(bytes.flip(), position);
        }
    }
}
