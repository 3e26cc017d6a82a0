package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.vmpackage.TestingPackages.PART;
import static org.tresccad.vmpackage.TestingPackages.noise;
import static org.tresccad.vmpackage.TestingPackages.pack;
import static org.tresccad.vmpackage.TestingPackages.unpack;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PackageRoundTripTest {
    @ParameterizedTest
    @ValueSource(
            ints = {0, 1, 511, 512, 513, PART - 1, PART, PART + 1, 2 * PART - 1, 2 * PART, 2 * PART + 1, 50 * PART + 7})
    void memberOfAnySizeComesOutAsItWentIn(int size) {
        for (byte[] content : List.of(noise(size, size), new byte[size])) {
            TestingPackages.Unpacked unpacked = unpack(pack(Map.of(Member.SNAPSHOT, content)));
            assertThat(unpacked.contents().get(Member.SNAPSHOT)).isEqualTo(content);
            PackageSummary.Content summary = unpacked.summary().members().get(Member.SNAPSHOT);
            assertThat(summary).isNotNull();
            assertThat(summary.sizeBytes()).isEqualTo(size);
            assertThat(summary.parts()).isEqualTo((size + PART - 1) / PART);
        }
    }

    @Test
    void allMembersComeOutInTheirOrderAlsoWhenSomeAreEmpty() {
        Map<Member, byte[]> contents = new EnumMap<>(Member.class);
        contents.put(Member.LIBVIRT_XML, new byte[0]);
        contents.put(Member.KERNEL, noise(3 * PART, 1));
        contents.put(Member.RAMDISK, new byte[0]);
        contents.put(Member.SNAPSHOT, noise(9 * PART + 1, 2));
        contents.put(Member.DISK, noise(PART, 3));

        TestingPackages.Unpacked unpacked = unpack(pack(contents));

        assertThat(unpacked.hasContents(contents)).isTrue();
        assertThat(unpacked.summary().members().keySet())
                .containsExactly(Member.KERNEL, Member.RAMDISK, Member.LIBVIRT_XML, Member.DISK, Member.SNAPSHOT);
        assertThat(unpacked.summary().contentBytes()).isEqualTo(13L * PART + 1);
    }

    @Test
    void manifestComesOutAsItWentIn() {
        Map<Member, byte[]> contents = TestingPackages.smallContents();
        assertThat(unpack(pack(contents)).manifest()).isEqualTo(TestingPackages.manifest(contents.keySet()));
    }

    @Test
    void samePackageHasTheSameBytes() {
        assertThat(pack(TestingPackages.smallContents())).isEqualTo(pack(TestingPackages.smallContents()));
    }

    @Test
    void zeroPartTakesOneKibibyteOfThePackage() {
        int parts = 1000;
        int empty = pack(Map.of(Member.DISK, new byte[0])).length;
        int zeros = pack(Map.of(Member.DISK, new byte[parts * PART])).length;
        // The trailer grows by the digits of the sizes, at most into one more block.
        assertThat(zeros - empty).isBetween(parts * 1024, parts * 1024 + 512);
    }

    @Test
    void foreignTarReaderFindsTheMembersInParts() throws IOException {
        byte[] snapshot = noise(2 * PART + 9, 5);
        byte[] bytes = pack(Map.of(Member.SNAPSHOT, snapshot));

        List<String> names = new ArrayList<>();
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(bytes))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                names.add(entry.getName());
                assertThat(entry.isFile()).isTrue();
                assertThat(entry.getMode()).isEqualTo(0644);
                assertThat(entry.getLastModifiedTime().toMillis()).isZero();
                byte[] content = tar.readAllBytes();
                PartName.parse(entry.getName()).ifPresent(part -> {
                    byte[] plain = Zstd.decompress(content, PART);
                    assertThat(Sha256.of(plain, plain.length)).isEqualTo(part.sha256());
                    joined.writeBytes(plain);
                });
            }
        }

        assertThat(names).first().isEqualTo("manifest.json");
        assertThat(names).last().isEqualTo("trailer.json");
        assertThat(names).hasSize(5).isSorted();
        assertThat(joined.toByteArray()).isEqualTo(snapshot);
    }

    @Test
    void usualPartSizeIsOneMebibyte() throws IOException {
        byte[] disk = noise((1 << 20) + 1, 6);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PackageSummary summary = new PackageWriter(TestingPackages.WORKERS)
                .write(
                        TestingPackages.manifest(java.util.Set.of(Member.DISK)),
                        Map.of(Member.DISK, TestingPackages.source(disk)),
                        out,
                        new org.tresccad.job.Progress(),
                        new org.tresccad.job.Cancellation());
        assertThat(summary.members().values())
                .singleElement()
                .extracting(PackageSummary.Content::parts)
                .isEqualTo(2);
        assertThat(unpack(out.toByteArray()).contents().get(Member.DISK)).isEqualTo(disk);
    }
}
