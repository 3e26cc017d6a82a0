package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.Platform;
import org.tresccad.hypervisor.VirtType;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;

/** Small packages and what it takes to write and read them. */
final class TestingPackages {
    /** The smallest part size there is, so that little content has many parts. */
    static final int PART = PackageLayout.MIN_PART_BYTES;

    /** Shared by all tests; its threads are daemons and idle when none runs. */
    static final PackageWorkers WORKERS = PackageWorkers.ofCores();

    private static final PackageWriter WRITER = new PackageWriter(WORKERS, PART);

    private TestingPackages() {}

    /** What came out of a package. */
    record Unpacked(Manifest manifest, Map<Member, byte[]> contents, PackageSummary summary) {
        boolean hasContents(Map<Member, byte[]> others) {
            return contents.keySet().equals(others.keySet())
                    && contents.entrySet().stream().allMatch(e -> Arrays.equals(e.getValue(), others.get(e.getKey())));
        }
    }

    /** Bytes in memory. */
    static MemberSource source(byte[] content) {
        return new MemberSource() {
            @Override
            public InputStream open() {
                return new ByteArrayInputStream(content);
            }

            @Override
            public OptionalLong expectedBytes() {
                return OptionalLong.of(content.length);
            }
        };
    }

    static Manifest manifest(Set<Member> members) {
        return new Manifest(
                new Manifest.Identity(
                        UUID.fromString("3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11"),
                        7,
                        UUID.fromString("b3a1c9a4-52b9-4d6e-8d39-6f2f3a1be001"),
                        new Manifest.Home(
                                "tresccad", UUID.fromString("11111111-2222-4333-8444-555555555555"), "edge-a")),
                Instant.parse("2026-11-20T12:34:56.789Z"),
                "tresccad 1.0.0",
                new Manifest.Guest(
                        "counter",
                        new Manifest.Flavor("m1.tiny", 1, 128, 1),
                        Map.of("role", "edge", "owner", "Zo\u00eb"),
                        Optional.of(new Manifest.Key("mine", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me")),
                        Optional.of("IyEvYmluL3NoCg=="),
                        true),
                new Manifest.Hardware(
                        new Platform(
                                VirtType.QEMU,
                                "x86_64",
                                "pc-i440fx-7.2",
                                new CpuModel("qemu64", Set.of("sse4.1", "aes"), Set.of("svm"))),
                        1,
                        128,
                        "bios",
                        Optional.of("console=ttyS0"),
                        1L << 30,
                        List.of(new Manifest.Nic(
                                new MacAddress("52:54:00:12:34:56"), Ipv4.parse("192.168.70.5"), "virtio")),
                        "7.2.13",
                        "9.0.0"),
                Optional.of(new Manifest.BaseImage(
                        new ContentDigest("ab".repeat(64)),
                        Optional.of(new ContentDigest("cd".repeat(64))),
                        "tick",
                        DiskFormat.QCOW2,
                        12_345_678,
                        1L << 30)),
                members);
    }

    /** {@code length} bytes that do not compress, the same for the same seed. */
    static byte[] noise(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Three members, one of them empty, in three parts; less than 8 KiB as a package. */
    static Map<Member, byte[]> smallContents() {
        Map<Member, byte[]> contents = new EnumMap<>(Member.class);
        contents.put(Member.LIBVIRT_XML, "<domain type='qemu'/>".getBytes(StandardCharsets.UTF_8));
        byte[] snapshot = new byte[PART + 5];
        System.arraycopy(noise(64, 2), 0, snapshot, 100, 64);
        contents.put(Member.SNAPSHOT, snapshot);
        contents.put(Member.DISK, new byte[0]);
        return contents;
    }

    static byte[] pack(Map<Member, byte[]> contents) {
        return pack(manifest(contents.keySet()), contents);
    }

    static byte[] pack(Manifest manifest, Map<Member, byte[]> contents) {
        Map<Member, MemberSource> sources = new EnumMap<>(Member.class);
        contents.forEach((member, bytes) -> sources.put(member, source(bytes)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            PackageSummary summary = WRITER.write(manifest, sources, out, new Progress(), new Cancellation());
            assertThat(summary.packageBytes()).isEqualTo(out.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static Unpacked unpack(byte[] bytes) {
        return unpack(bytes, PackageLimits.STANDARD);
    }

    static Unpacked unpack(byte[] bytes, PackageLimits limits) {
        return unpack(new ByteArrayInputStream(bytes), limits);
    }

    static Unpacked unpack(InputStream in, PackageLimits limits) {
        try {
            PackageReader reader = PackageReader.open(in, limits, WORKERS);
            Map<Member, ByteArrayOutputStream> outs = new EnumMap<>(Member.class);
            Map<Member, MemberSink> sinks = new EnumMap<>(Member.class);
            for (Member member : reader.manifest().members()) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                outs.put(member, out);
                sinks.put(member, MemberSink.stream(out));
            }
            PackageSummary summary = reader.extract(sinks, new Progress(), new Cancellation());
            Map<Member, byte[]> contents = new EnumMap<>(Member.class);
            outs.forEach((member, out) -> contents.put(member, out.toByteArray()));
            return new Unpacked(reader.manifest(), contents, summary);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
