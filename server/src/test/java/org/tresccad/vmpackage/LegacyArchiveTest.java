package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.error.TresccadException;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Progress;
import org.tresccad.testing.TestingLegacyPackage;

/** Zip files of 2014, whole, damaged and made to do harm. */
final class LegacyArchiveTest {
    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final Set<Member> FIVE = EnumSet.complementOf(EnumSet.of(Member.AHEAD, Member.SNAPSHOT_AHEAD));

    private final TestingLegacyPackage whole = TestingLegacyPackage.on("/opt/stack/_base/1234");
    private final Map<Member, ByteArrayOutputStream> received = new EnumMap<>(Member.class);

    @TempDir
    private Path directory;

    private Path file = Path.of("");

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("package.zip");
    }

    @Test
    void aWholePackageIsReadWithTheXmlThatBelongsToTheMemory() throws IOException {
        unpack(whole.bytes());

        assertThat(received.keySet()).isEqualTo(FIVE);
        for (Member member : EnumSet.of(Member.DISK, Member.KERNEL, Member.RAMDISK, Member.SNAPSHOT)) {
            assertThat(bytes(member)).as(member.fileName()).isEqualTo(whole.content(member.fileName()));
        }
        assertThat(new String(bytes(Member.LIBVIRT_XML), StandardCharsets.UTF_8))
                .isEqualTo(TestingLegacyPackage.xml());
    }

    @Test
    void entriesMayComeInAnyOrderStoredOrWithDescriptors() throws IOException {
        unpack(whole.bytes(LegacyArchiveTest::stored));
        assertThat(bytes(Member.DISK)).isEqualTo(whole.content("disk"));

        received.clear();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(stream)) {
            for (String name : List.of("libvirt.xml", "snapshot", "ramdisk", "disk", "kernel")) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(whole.content(name));
            }
        }
        unpack(stream.toByteArray());
        assertThat(bytes(Member.DISK)).isEqualTo(whole.content("disk"));
        assertThat(bytes(Member.SNAPSHOT)).isEqualTo(whole.content("snapshot"));
    }

    @Test
    void whatTheGuestIsAndWhatItsDiskStandsOnIsKnownBeforeAnythingIsUnpacked() throws IOException {
        try (LegacyArchive archive = open(whole.bytes())) {
            assertThat(archive.saved().wasRunning()).isTrue();
            assertThat(archive.saved().xml()).isEqualTo(TestingLegacyPackage.xml());
            assertThat(archive.disk().backingFile()).contains("/opt/stack/_base/1234");
            assertThat(archive.disk().virtualSizeBytes()).isEqualTo(TestingLegacyPackage.DISK_BYTES);
            assertThat(archive.sizeBytes(Member.KERNEL)).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../disk",
                "/etc/passwd",
                "disk/",
                "./disk",
                "a/disk",
                "Disk",
                "ahead",
                "manifest.json",
                "disk\u0000",
                "",
                "C:\\disk"
            })
    void aNameOtherThanTheFiveIsRefused(String name) {
        assertRefused(
                whole.without("kernel")
                        .without("ramdisk")
                        .with(name, new byte[0])
                        .bytes(),
                "such a name");
    }

    @Test
    void moreEntriesThanFiveAreRefusedBeforeTheyAreRead() {
        assertRefused(whole.with("one more", new byte[0]).bytes(), "6 entries");
        TestingLegacyPackage many = whole;
        for (int i = 0; i < 2000; i++) {
            many = many.with("entry " + i, new byte[0]);
        }
        byte[] bytes = many.bytes();
        assertRefused(bytes, "too long");
        ByteBuffer end = little(bytes);
        end.putShort(bytes.length - 22 + 8, (short) 5).putShort(bytes.length - 22 + 10, (short) 5);
        assertRefused(bytes, "too long");
    }

    @Test
    void aDirectoryWithMoreEntriesThanItsEndSaysIsRefused() {
        byte[] bytes = whole.bytes();
        little(bytes).putShort(bytes.length - 22 + 10, (short) 4);
        assertRefused(bytes, "another number");
    }

    @Test
    void anEntryTwiceIsRefused() {
        byte[] bytes = whole.with("kernex", new byte[3]).without("ramdisk").bytes();
        for (int at : places(bytes, "kernex")) {
            bytes[at + 5] = 'l';
        }
        assertRefused(bytes, "twice");
    }

    @Test
    void aMemberThatIsMissingIsRefused() {
        assertRefused(whole.without("disk").bytes(), "lacks");
        assertRefused(whole.without("snapshot").bytes(), "lacks");
        assertRefused(whole.without("libvirt.xml").bytes(), "lacks");
        assertRefused(whole.without("kernel").bytes(), "without a kernel");
    }

    @ParameterizedTest
    @ValueSource(ints = {0120777, 0040755, 0020666, 0060666, 0010666, 0140777})
    void aLinkADirectoryOrADeviceIsRefused(int mode) {
        byte[] bytes = whole.bytes(entry -> {
            if (entry.getName().equals("disk")) {
                entry.setUnixMode(mode);
            }
        });
        assertRefused(bytes, "no regular file");
    }

    @Test
    void encryptedEntriesAndForeignCompressionAreRefused() {
        byte[] encrypted = whole.bytes();
        int central = central(encrypted, "disk");
        encrypted[central + 8] |= 1;
        assertRefused(encrypted, "is encrypted");

        byte[] bzip2 = whole.bytes();
        little(bzip2).putShort(central(bzip2, "disk") + 10, (short) 12);
        assertRefused(bzip2, "not known here");
    }

    @Test
    void entriesThatShareTheirBytesAreRefused() {
        byte[] bytes = whole.bytes();
        ByteBuffer zip = little(bytes);
        int disk = central(bytes, "disk");
        int snapshot = central(bytes, "snapshot");
        zip.putInt(disk + 42, zip.getInt(snapshot + 42));
        zip.putInt(disk + 20, zip.getInt(snapshot + 20));
        assertRefused(bytes, "lies in another entry");
    }

    @Test
    void anEntryThatReachesIntoTheDirectoryIsRefused() {
        byte[] bytes = whole.bytes();
        ByteBuffer zip = little(bytes);
        int last = central(bytes, "libvirt.xml");
        zip.putInt(last + 20, zip.getInt(last + 20) + 1);
        assertRefused(bytes, "the zip file: its directory is damaged");
    }

    @Test
    void aBombThatSaysWhatItIsIsRefusedBeforeItIsUnpacked() {
        byte[] bytes = whole.with("libvirt.xml", new byte[(1 << 20) + 1]).bytes();
        assertThat(bytes.length).isLessThan(20_000);
        assertRefused(bytes, "more than the 1048576");
        assertThat(received).isEmpty();
        assertRefused(whole.with("disk", bomb(whole.content("disk"), 80 << 20)).bytes(), "disk");
        assertThat(received).isEmpty();
    }

    @Test
    void aBombThatLiesGivesOutNoMoreThanItSaid() {
        byte[] bytes = whole.with("kernel", new byte[8 << 20]).bytes();
        little(bytes).putInt(central(bytes, "kernel") + 24, 5000);
        assertRefused(bytes, "kernel: it is damaged");
        assertThat(bytes(Member.KERNEL)).hasSizeLessThanOrEqualTo(5000);
        assertThat(received).doesNotContainKey(Member.SNAPSHOT);
    }

    @Test
    void anEntryThatIsShorterThanItSaysIsRefused() {
        byte[] bytes = whole.bytes();
        ByteBuffer zip = little(bytes);
        zip.putInt(central(bytes, "disk") + 24, 513);
        assertRefused(bytes, "damaged");
    }

    @Test
    void aWrongChecksumIsRefused() {
        for (String name : List.of("disk", "kernel", "ramdisk", "snapshot")) {
            byte[] bytes = whole.bytes();
            bytes[central(bytes, name) + 16] ^= 1;
            assertRefused(bytes, "damaged");
        }
    }

    @Test
    void aFileCutShortAnywhereIsRefused() throws IOException {
        byte[] bytes = whole.bytes();
        for (int length = 0; length < bytes.length; length++) {
            assertRefused(Arrays.copyOf(bytes, length), "the zip file");
        }
        assertThat(received).isEmpty();
    }

    @Test
    void whatFollowsTheEndOrComesBeforeTheBeginningIsRefused() {
        byte[] bytes = whole.bytes();
        assertRefused(Arrays.copyOf(bytes, bytes.length + 1), "something follows");
        byte[] commented = bytes.clone();
        little(commented).putShort(bytes.length - 2, (short) 1);
        assertRefused(commented, "something follows");
        byte[] prefixed = new byte[bytes.length + 10];
        System.arraycopy(bytes, 0, prefixed, 10, bytes.length);
        assertRefused(prefixed, "not where it says");
    }

    @Test
    void aSaveImageOrADiskThatIsNoneIsRefused() throws IOException {
        try (LegacyArchive archive = open(
                whole.with("snapshot", new byte[10]).with("disk", new byte[600]).bytes())) {
            assertThatThrownBy(archive::saved)
                    .isInstanceOf(TresccadException.class)
                    .hasMessageContaining("cut short");
            assertThatThrownBy(archive::disk)
                    .isInstanceOf(TresccadException.class)
                    .hasMessageContaining("qcow2");
        }
    }

    @Test
    void aCancelledExtractionEnds() throws IOException {
        try (LegacyArchive archive = open(whole.bytes())) {
            Cancellation cancellation = new Cancellation();
            cancellation.cancel("The test wants it.");
            assertThatThrownBy(() -> archive.as(manifest(FIVE), PackageLimits.STANDARD)
                            .extract(sinks(FIVE), Map.of(), new Progress(), cancellation))
                    .isInstanceOf(Cancelled.class);
        }
    }

    private static void stored(ZipArchiveEntry entry) {
        entry.setMethod(ZipEntry.STORED);
    }

    private static byte[] bomb(byte[] start, int size) {
        return Arrays.copyOf(start, size);
    }

    private void assertRefused(byte[] zip, String why) {
        assertThatThrownBy(() -> unpack(zip))
                .isInstanceOf(PackageInvalid.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining(directory.toString());
    }

    private void unpack(byte[] zip) throws IOException {
        try (LegacyArchive archive = open(zip)) {
            archive.saved();
            VmPackage content = archive.as(manifest(archive.members()), PackageLimits.STANDARD);
            content.extract(sinks(archive.members()), Map.of(), new Progress(), new Cancellation());
        }
    }

    private LegacyArchive open(byte[] zip) throws IOException {
        Files.write(file, zip);
        return LegacyArchive.open(file);
    }

    /** As of a guest whose disk is as large as that of the package. */
    static Manifest manifest(Set<Member> members) {
        Manifest like = TestingPackages.manifest(members);
        Manifest.Hardware hardware = like.hardware();
        return new Manifest(
                like.identity(),
                like.createdAt(),
                like.generator(),
                like.guest(),
                new Manifest.Hardware(
                        hardware.platform(),
                        hardware.vcpus(),
                        hardware.memoryMib(),
                        hardware.firmware(),
                        Optional.empty(),
                        TestingLegacyPackage.DISK_BYTES,
                        hardware.nics(),
                        hardware.qemuVersion(),
                        hardware.libvirtVersion()),
                like.baseImage(),
                members);
    }

    private Map<Member, MemberSink> sinks(Set<Member> members) {
        Map<Member, MemberSink> sinks = new EnumMap<>(Member.class);
        for (Member member : members) {
            sinks.put(member, () -> {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                received.put(member, out);
                return MemberSink.stream(out).open();
            });
        }
        return sinks;
    }

    private byte[] bytes(Member member) {
        return received.getOrDefault(member, new ByteArrayOutputStream()).toByteArray();
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where the record of the directory begins that has this name. */
    private static int central(byte[] zip, String name) {
        return places(zip, name).stream()
                .filter(at -> at >= 46 && little(zip).getInt(at - 46) == CENTRAL)
                .map(at -> at - 46)
                .findFirst()
                .orElseThrow();
    }

    /** Where the name stands, in its local header and in the directory. */
    private static List<Integer> places(byte[] zip, String name) {
        byte[] wanted = name.getBytes(StandardCharsets.US_ASCII);
        List<Integer> found = new ArrayList<>();
        for (int at = 30; at + wanted.length <= zip.length; at++) {
            boolean isLocal = little(zip).getInt(at - 30) == LOCAL;
            boolean isCentral = at >= 46 && little(zip).getInt(at - 46) == CENTRAL;
            if ((isLocal || isCentral) && Arrays.equals(zip, at, at + wanted.length, wanted, 0, wanted.length)) {
                found.add(at);
            }
        }
        return found;
    }
}
