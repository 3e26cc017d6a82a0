package org.tresccad.vmpackage;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.tresccad.image.ContentDigest;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** Packages with references, and what it takes to write and read them. */
final class TestingDeltas {
    static final Reference.Ahead AHEAD = new Reference.Ahead();

    private TestingDeltas() {}

    static BlockIndex index() {
        return new BlockIndex(42, 1 << 20);
    }

    /** A file in an image service. */
    static Reference.Content content(byte[] bytes) {
        return new Reference.Content(
                new ContentDigest(Sha256.of(bytes, bytes.length).repeat(2)), bytes.length);
    }

    /** A member of the package before. */
    static Reference.Kept kept(Member member, byte[] bytes) {
        return new Reference.Kept(
                UUID.fromString("3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11"),
                6,
                member,
                Sha256.of(bytes, bytes.length),
                bytes.length);
    }

    static void addAligned(BlockIndex index, byte[] bytes, int reference) throws IOException {
        cut(BlockCutter.Cut.ALIGNED, index, bytes, reference);
    }

    static void addSaveImage(BlockIndex index, byte[] bytes, int reference) throws IOException {
        cut(BlockCutter.Cut.PAGES, index, bytes, reference);
    }

    private static void cut(BlockCutter.Cut cut, BlockIndex index, byte[] content, int reference) throws IOException {
        BlockCutter.cut(
                new ByteArrayInputStream(content),
                cut,
                (bytes, at, length, offset) -> index.add(bytes, at, length, reference, offset));
    }

    static Manifest manifest(Set<Member> members, List<Reference> references) {
        return TestingPackages.manifest(members).relativeTo(references);
    }

    /** Without what goes ahead. */
    static byte[] pack(Map<Member, byte[]> contents, List<Reference> references, BlockIndex index, int partSize)
            throws IOException {
        Map<Member, MemberSource> sources = new EnumMap<>(Member.class);
        contents.forEach((member, bytes) -> sources.put(member, TestingPackages.source(bytes)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new PackageWriter(TestingPackages.WORKERS, partSize)
                .write(
                        manifest(contents.keySet(), references),
                        sources,
                        index,
                        out,
                        new Progress(),
                        new Cancellation());
        return out.toByteArray();
    }

    /** All members but what went ahead. */
    static Map<Member, byte[]> unpack(byte[] packageBytes, Map<Reference, byte[]> references) throws IOException {
        Map<Reference, ReferenceSource> sources = new HashMap<>();
        references.forEach((reference, bytes) -> sources.put(reference, () -> new InMemory(bytes)));
        return unpackFrom(packageBytes, sources);
    }

    static Map<Member, byte[]> unpackFrom(byte[] packageBytes, Map<Reference, ReferenceSource> references)
            throws IOException {
        PackageReader reader = PackageReader.open(
                new ByteArrayInputStream(packageBytes), PackageLimits.STANDARD, TestingPackages.WORKERS);
        Map<Member, ByteArrayOutputStream> outs = new EnumMap<>(Member.class);
        Map<Member, MemberSink> sinks = new EnumMap<>(Member.class);
        for (Member member : reader.manifest().members()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            outs.put(member, out);
            sinks.put(member, MemberSink.stream(out));
        }
        Map<Reference, ReferenceSource> sources = new HashMap<>(references);
        ByteArrayOutputStream ahead = outs.remove(Member.AHEAD);
        if (ahead != null) {
            sources.put(AHEAD, () -> new InMemory(ahead.toByteArray()));
        }
        reader.extract(sinks, sources, new Progress(), new Cancellation());
        Map<Member, byte[]> contents = new EnumMap<>(Member.class);
        outs.forEach((member, out) -> contents.put(member, out.toByteArray()));
        return contents;
    }

    /** How many parts were given relative to references. */
    static long deltas(byte[] packageBytes) {
        TestingTar tar = TestingTar.of(packageBytes);
        long deltas = 0;
        for (int i = 0; i < tar.entries(); i++) {
            deltas += tar.name(i).endsWith(".delta") ? 1 : 0;
        }
        return deltas;
    }

    /** The opcodes in a frame of correct instructions. */
    static Set<Integer> opcodes(byte[] frame) {
        byte[] bytes = Zstd.decompress(frame, 1 << 24);
        Set<Integer> found = new TreeSet<>();
        int at = 0;
        while (at < bytes.length) {
            int opcode = bytes[at++];
            found.add(opcode);
            int numbers =
                    switch (opcode) {
                        case DeltaLayout.ADD, DeltaLayout.FILL -> 1;
                        case DeltaLayout.COPY -> 3;
                        case DeltaLayout.PAGES -> 5;
                        default -> 2;
                    };
            int first = 0;
            for (int n = 0; n < numbers; n++) {
                int shift = 0;
                do {
                    first |= n == 0 ? (bytes[at] & 0x7f) << shift : 0;
                    shift += 7;
                } while (bytes[at++] < 0);
            }
            at += opcode == DeltaLayout.ADD ? first : 0;
            at += opcode == DeltaLayout.FILL || opcode == DeltaLayout.FILLED_PAGES ? 1 : 0;
        }
        return found;
    }

    /** Bytes as the content of a reference. */
    static final class InMemory implements ReferenceContent {
        private final byte[] bytes;

        InMemory(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long sizeBytes() {
            return bytes.length;
        }

        @Override
        public void read(long offset, byte[] target, int at, int length) throws IOException {
            if (length > bytes.length - offset) {
                throw new EOFException();
            }
            System.arraycopy(bytes, (int) offset, target, at, length);
        }

        @Override
        public void close() {}
    }
}
