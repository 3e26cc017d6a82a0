package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.tresccad.vmpackage.TestingPackages.PART;
import static org.tresccad.vmpackage.TestingPackages.noise;
import static org.tresccad.vmpackage.TestingTar.put;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HostilePackageTest {
    private static final byte[] NONE = {};

    /** manifest, kernel 0, snapshot 0, snapshot 1, snapshot 2 (short), trailer. */
    private TestingTar tar = new TestingTar();

    @BeforeEach
    void correctPackage() {
        Map<Member, byte[]> contents = new EnumMap<>(Member.class);
        contents.put(Member.KERNEL, noise(100, 1));
        contents.put(Member.SNAPSHOT, noise(2 * PART + 10, 2));
        tar = TestingTar.of(TestingPackages.pack(contents));
        assertThat(tar.entries()).isEqualTo(6);
        assertThat(TestingPackages.unpack(tar.bytes()).hasContents(contents)).isTrue();
    }

    private void assertRefused(String because) {
        assertRefused(tar.bytes(), because);
    }

    private static void assertRefused(byte[] bytes, String because) {
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> TestingPackages.unpack(bytes))
                .withMessageContaining(because);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/cron.d/x",
                "/etc/passwd",
                "./snapshot",
                "snapshot",
                "disk.raw",
                "kernel.00000001",
                "snapshot.0.zst",
                "a/snapshot.00000000.zst",
                "MANIFEST.JSON",
                "disk "
            })
    void entryThatIsNoPartIsRefusedWhereverItStands(String name) {
        for (int at = 1; at < 6; at++) {
            correctPackage();
            tar.insert(at, name, NONE, h -> {});
            assertRefused("no entry of a package has such a name");
        }
    }

    @Test
    void entryBeforeTheManifestIsRefused() {
        tar.insert(0, "README", NONE, h -> {});
        assertRefused("the first entry must be manifest.json");
    }

    @ParameterizedTest
    @ValueSource(chars = {'1', '2', '3', '4', '5', '6', '7', 'L', 'K', 'S', 'x', 'g', 'V', 'M', 'D', 'A', '\0'})
    void anyTypeButRegularFileIsRefused(char type) {
        tar.insert(2, tar.name(2), NONE, put(156, String.valueOf(type)));
        assertRefused("is not a regular file");
    }

    @Test
    void symbolicLinkWithTheNameOfAPartIsRefused() {
        tar.insert(2, tar.name(2), NONE, put(156, "2/etc/shadow"));
        assertRefused("is not a regular file but of tar type '2'");
    }

    @Test
    void regularFileWithALinkNameIsRefused() {
        tar.insert(2, tar.name(2), NONE, put(157, "/etc/shadow"));
        assertRefused("not in the one form");
    }

    @Test
    void pathPrefixIsRefused() {
        tar.insert(2, tar.name(2), NONE, put(345, "/etc"));
        assertRefused("not in the one form");
    }

    @Test
    void setuidModeIsRefused() {
        tar.insert(2, tar.name(2), NONE, put(100, "0004755"));
        assertRefused("not in the one form");
    }

    @Test
    void gnuHeaderIsRefused() {
        tar.insert(2, tar.name(2), NONE, put(257, "ustar  \0"));
        assertRefused("not in the one form");
    }

    @Test
    void bytesBehindTheNameAreRefused() {
        tar.insert(2, tar.name(2), NONE, put(99, "x"));
        assertRefused("not in the one form");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-0000000001\0",
                "\200\0\0\0\0\0\0\0\0\0\0\1",
                "\377\377\377\377\377\377\377\377\377\377\377\377",
                "          1\0",
                "0x000000001\0"
            })
    void sizeThatIsNotElevenOctalDigitsIsRefused(String size) {
        tar.insert(2, tar.name(2), NONE, put(124, size));
        assertRefused("11 octal digits");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 5})
    void sizeOfEightGibibytesIsRefusedBeforeAnyRoomIsMadeForIt(int index) {
        String name = tar.name(index);
        tar.remove(index).insert(index, name, NONE, put(124, "77777777777"));
        assertThatExceptionOfType(PackageInvalid.class).isThrownBy(() -> TestingPackages.unpack(tar.bytes()));
    }

    @Test
    void manifestLargerThanOneMebibyteIsRefused() {
        tar.replace(0, "manifest.json", new byte[(1 << 20) + 1]);
        assertRefused("is larger than 1048576 bytes");
    }

    @Test
    void secondManifestIsRefused() {
        tar.repeat(0);
        assertRefused("no entry of a package has such a name");
    }

    @Test
    void entryBehindTheTrailerIsRefused() {
        tar.repeat(5);
        assertRefused("comes after the trailer");
    }

    @Test
    void partTwiceIsRefused() {
        tar.repeat(3);
        assertRefused("the part with the number 2 is due");
    }

    @Test
    void partsOutOfOrderAreRefused() {
        tar.swap(2, 3);
        assertRefused("the first part must have the number 0");
    }

    @Test
    void gapInThePartsIsRefused() {
        tar.remove(3);
        assertRefused("the part with the number 1 is due");
    }

    @Test
    void partAfterAShortOneIsRefused() {
        byte[] plain = noise(1, 9);
        tar.insert(5, new PartName(Member.SNAPSHOT, 3, Sha256.of(plain, 1)).entry(), Zstd.compress(plain), h -> {});
        assertRefused("comes after the member's last part");
    }

    @Test
    void membersOutOfOrderAreRefused() {
        String name = tar.name(1);
        byte[] content = tar.content(1);
        tar.remove(1).insert(4, name, content, h -> {});
        assertRefused("this member comes too late");
    }

    @Test
    void memberThatWasNotAnnouncedIsRefused() {
        byte[] plain = noise(1, 9);
        tar.insert(5, new PartName(Member.DISK, 0, Sha256.of(plain, 1)).entry(), Zstd.compress(plain), h -> {});
        assertRefused("the manifest does not announce this member");
    }

    @Test
    void missingMemberIsRefused() {
        tar.remove(1);
        assertRefused("kernel should have 100 bytes in 1 parts, but 0 in 0 arrived");
    }

    @Test
    void missingLastPartIsRefused() {
        tar.remove(4);
        assertRefused("snapshot should have");
    }

    @Test
    void missingTrailerIsRefused() {
        tar.remove(5);
        assertRefused("the archive ends without it");
    }

    @Test
    void partWithOtherContentThanItsNameIsRefused() {
        tar.replace(3, tar.name(3), Zstd.compress(noise(PART, 77)));
        assertRefused("its content is not what its digest says");
    }

    @Test
    void correctlyNamedButOtherPartIsRefusedByTheTrailer() {
        byte[] other = noise(PART, 77);
        tar.replace(3, new PartName(Member.SNAPSHOT, 1, Sha256.of(other, PART)).entry(), Zstd.compress(other));
        assertRefused("snapshot arrived with another digest");
    }

    @Test
    void otherManifestIsRefusedByTheTrailer() {
        String text = new String(tar.content(0), StandardCharsets.UTF_8);
        tar.replace(
                0, "manifest.json", text.replace("\"epoch\": 7", "\"epoch\": 8").getBytes(StandardCharsets.UTF_8));
        assertRefused("another digest of the manifest");
    }

    @Test
    void bombIsRefusedByWhatItsFrameStates() {
        tar.replace(2, tar.name(2), Zstd.compress(new byte[64 << 20]));
        assertRefused("does not state a content of 1 to " + PART + " bytes");
    }

    @Test
    void bombWhoseFrameLiesIsStoppedAtTheStatedSize() {
        byte[] bomb = Zstd.compress(new byte[64 << 20]);
        // The descriptor's upper bits say: four bytes of content size, after one of window size (RFC 8878, 3.1.1.1).
        assertThat(bomb[4] & 0xe0).isEqualTo(0x80);
        System.arraycopy(new byte[] {0, (byte) (PART >> 8), 0, 0}, 0, bomb, 6, 4);
        tar.replace(2, tar.name(2), bomb);
        assertRefused("its zstd frame is damaged");
    }

    @Test
    void frameWithoutAStatedSizeIsRefused() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var zstd = new com.github.luben.zstd.ZstdOutputStream(out)) {
            zstd.write(noise(PART, 2));
        }
        tar.replace(2, tar.name(2), out.toByteArray());
        assertRefused("does not state a content");
    }

    @Test
    void secondOrSkippableFrameInAPartIsRefused() {
        byte[] frame = tar.content(4);
        byte[] two = Arrays.copyOf(frame, 2 * frame.length);
        System.arraycopy(frame, 0, two, frame.length, frame.length);
        tar.replace(4, tar.name(4), two);
        assertRefused("is not exactly one zstd frame");
        tar.replace(4, tar.name(4), new byte[] {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0});
        assertRefused("is not exactly one zstd frame");
        tar.replace(4, tar.name(4), NONE);
        assertRefused("is not exactly one zstd frame");
    }

    @Test
    void emptyPartIsRefused() {
        String nothing = Sha256.of(NONE, 0);
        tar.insert(1, new PartName(Member.KERNEL, 0, nothing).entry(), Zstd.compress(NONE), h -> {});
        assertRefused("does not state a content of 1 to");
    }

    @Test
    void entryTooLargeForAPartIsRefused() {
        tar.replace(2, tar.name(2), new byte[2 * PART]);
        assertRefused("are too many for a part");
    }

    @Test
    void memberBeyondItsLimitIsRefusedBeforeAllOfItArrived() {
        PackageLimits narrow = new PackageLimits(10, 99, 10, 10, 10);
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> TestingPackages.unpack(tar.bytes(), narrow))
                .withMessageContaining("this member is larger than the 99 bytes it may have");
    }

    @Test
    void limitsFollowTheManifest() {
        Manifest manifest = TestingPackages.manifest(java.util.Set.of(Member.SNAPSHOT));
        PackageLimits limits = new PackageLimits(1, 2, 3, 4, 5);
        assertThat(limits.bytesFor(Member.LIBVIRT_XML, manifest)).isEqualTo(1);
        assertThat(limits.bytesFor(Member.KERNEL, manifest)).isEqualTo(2);
        assertThat(limits.bytesFor(Member.RAMDISK, manifest)).isEqualTo(3);
        assertThat(limits.bytesFor(Member.SNAPSHOT, manifest)).isEqualTo((129L << 20) + 4);
        assertThat(limits.bytesFor(Member.DISK, manifest)).isEqualTo((1025L << 20) + 5);
    }

    @Test
    void paddingThatIsNotZeroIsRefused() {
        byte[] bytes = tar.bytes();
        bytes[bytes.length - 1025] = 1;
        assertRefused(bytes, "the padding after it is not zero");
    }

    @Test
    void lonelyZeroBlockIsRefused() {
        byte[] bytes = tar.bytes();
        bytes[bytes.length - 1] = 1;
        assertRefused(bytes, "one zero block is followed by something else");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "{}",
                "{\"tresccad_trailer\":1}",
                "{\"tresccad_trailer\":2,\"manifest_sha256\":\"\",\"members\":[]}",
                "{\"tresccad_trailer\":1,\"manifest_sha256\":\"\",\"members\":[null]}",
                "{\"tresccad_trailer\":1,\"manifest_sha256\":\"\",\"members\":[]}"
            })
    void badTrailerIsRefused(String json) {
        tar.replace(5, "trailer.json", ascii(json));
        assertRefused("trailer.json");
    }

    @Test
    void tarOfAnotherProgramIsRefused() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream other = new TarArchiveOutputStream(out)) {
            TarArchiveEntry entry = new TarArchiveEntry("manifest.json");
            entry.setSize(2);
            other.putArchiveEntry(entry);
            other.write(ascii("{}"));
            other.closeArchiveEntry();
        }
        assertRefused(out.toByteArray(), "not in the one form");
    }

    @Test
    void packageOfThe2014PrototypeIsRefusedByName() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (String name : new String[] {"disk", "kernel", "ramdisk", "snapshot", "libvirt.xml"}) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(noise(2000, 3));
            }
        }
        assertRefused(out.toByteArray(), "is a zip file, as packages of the 2014 prototype are");
    }

    @Test
    void otherWellKnownFilesAreRefusedByName() {
        assertRefused(Arrays.copyOf(ascii("QFI\u007f"), 600), "does not begin as a package does");
        assertRefused(Arrays.copyOf(new byte[] {'Q', 'F', 'I', (byte) 0xfb}, 600), "is a qcow2 disk image");
        assertRefused(Zstd.compress(tar.bytes()), "is a zstd file");
        assertRefused(ascii("LibvirtQemudSave"), "is a libvirt save image");
        assertRefused(new byte[1024], "the archive is empty");
        assertRefused(NONE, "does not begin as a package does: the stream ends");
    }

    @Test
    void nameOfAnEntryIsMadePrintableInTheMessage() {
        tar.insert(1, "\u001b[2J\u009b\n", NONE, h -> {});
        assertRefused("?[2J??: no entry of a package has such a name");
    }
}
