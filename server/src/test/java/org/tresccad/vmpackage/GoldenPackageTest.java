package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A package of format version 1 as it was written on the first day. It is never made anew: every later tresccad must
 * read this very file.
 */
final class GoldenPackageTest {
    /** A save image's first bytes are enough here; the format does not look into members. */
    static Map<Member, byte[]> contents() {
        Map<Member, byte[]> contents = new EnumMap<>(Member.class);
        contents.put(Member.LIBVIRT_XML, "<domain type='qemu'/>\n".getBytes(StandardCharsets.UTF_8));
        contents.put(Member.KERNEL, "not much of a kernel\n".getBytes(StandardCharsets.UTF_8));
        contents.put(Member.RAMDISK, new byte[0]);
        byte[] snapshot = new byte[2 * TestingPackages.PART + 1000];
        byte[] magic = "LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(magic, 0, snapshot, 0, magic.length);
        contents.put(Member.SNAPSHOT, snapshot);
        contents.put(Member.DISK, new byte[TestingPackages.PART]);
        return contents;
    }

    private static byte[] resource(String name) {
        try (InputStream in = GoldenPackageTest.class.getResourceAsStream("/package/" + name)) {
            if (in == null) {
                throw new AssertionError("no resource " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void packageOfTheFirstDayIsReadable() {
        TestingPackages.Unpacked unpacked = TestingPackages.unpack(resource("v1.tresccad"));
        assertThat(unpacked.manifest())
                .isEqualTo(TestingPackages.manifest(contents().keySet()));
        assertThat(unpacked.hasContents(contents())).isTrue();
        assertThat(unpacked.summary().members().get(Member.SNAPSHOT))
                .isEqualTo(new PackageSummary.Content(
                        9192, 3, "365617f52544fc6865e006b36c0e76ec2a8481e359b7912bbfee1e1c2eb458fd"));
    }

    @Test
    void todaysWriterStillWritesTheSameManifestAndTrailer() {
        TestingTar golden = TestingTar.of(resource("v1.tresccad"));
        TestingTar today = TestingTar.of(TestingPackages.pack(contents()));
        // The frames in between may change with zstd's version; names, and by them the contents, may not.
        assertThat(today.entries()).isEqualTo(golden.entries());
        for (int i = 0; i < golden.entries(); i++) {
            assertThat(today.name(i)).isEqualTo(golden.name(i));
        }
        assertThat(today.content(0)).isEqualTo(golden.content(0)).isEqualTo(resource("v1-manifest.json"));
        assertThat(today.content(today.entries() - 1)).isEqualTo(golden.content(golden.entries() - 1));
    }
}
