package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.testing.TestingSaveImage;

/**
 * A package of format version 1 with references, as it was written on the first day they could be. It is never made
 * anew: every later tresccad must read this very file. All contents are made by arithmetic, so that a reader in any
 * language can check them.
 */
final class GoldenDeltaTest {
    private static final int PART = 1 << 16;
    private static final int BLOCK = BlockIndex.BLOCK_BYTES;

    private static final byte[] BASE = content(50_000, 1);
    private static final byte[] MEMORY_BEFORE = memory(0);
    private static final List<Reference> REFERENCES = List.of(
            TestingDeltas.content(BASE), TestingDeltas.kept(Member.SNAPSHOT, MEMORY_BEFORE), TestingDeltas.AHEAD);

    /** The upper bytes of a multiplicative generator modulo 2^31 - 1. */
    private static byte[] content(int length, int seed) {
        byte[] bytes = new byte[length];
        long state = seed;
        for (int i = 0; i < length; i++) {
            state = state * 48271 % 0x7fffffff;
            bytes[i] = (byte) (state >> 16);
        }
        return bytes;
    }

    /** Sixty pages, a third of them zero; of which some are others at a later time. */
    private static byte[] memory(int time) {
        List<byte[]> pages = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            boolean isChanged = time > 0 && i % 20 == 10;
            pages.add(i % 3 == 2 ? new byte[BLOCK] : content(BLOCK, isChanged ? 1000 + i : 100 + i));
        }
        return TestingSaveImage.of(pages, 25, content(300, 7 + time)).bytes();
    }

    static Map<Member, byte[]> contents() {
        Map<Member, byte[]> contents = new EnumMap<>(Member.class);
        contents.put(Member.LIBVIRT_XML, "<domain type='qemu'/>\n".getBytes(StandardCharsets.UTF_8));
        contents.put(Member.KERNEL, BASE);
        contents.put(Member.SNAPSHOT, memory(1));
        byte[] disk = new byte[3 * PART];
        System.arraycopy(BASE, BLOCK, disk, 2 * BLOCK, 3 * BLOCK);
        Arrays.fill(disk, 8 * BLOCK, 9 * BLOCK, (byte) 0x5a);
        System.arraycopy(content(BLOCK, 1010), 0, disk, PART + BLOCK, BLOCK);
        contents.put(Member.DISK, disk);
        return contents;
    }

    static byte[] write() throws IOException {
        BlockIndex index = TestingDeltas.index();
        TestingDeltas.addAligned(index, BASE, 0);
        TestingDeltas.addSaveImage(index, MEMORY_BEFORE, 1);
        Manifest manifest = TestingDeltas.manifest(contents().keySet(), REFERENCES);
        PackageWriter writer = new PackageWriter(TestingPackages.WORKERS, PART);
        AheadBlocks ahead = writer.ahead(manifest, index, PackageLimits.STANDARD);
        for (int page : new int[] {10, 30}) {
            ahead.offer(content(BLOCK, 1000 + page), 0, BLOCK);
        }
        ahead.flush();
        ahead.close();
        Map<Member, MemberSource> sources = new EnumMap<>(Member.class);
        contents().forEach((member, bytes) -> sources.put(member, TestingPackages.source(bytes)));
        sources.put(Member.AHEAD, ahead);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.write(manifest, sources, index, out, new Progress(), new Cancellation());
        return out.toByteArray();
    }

    private static byte[] golden() throws IOException {
        try (InputStream in = GoldenDeltaTest.class.getResourceAsStream("/package/v1-delta.tresccad")) {
            if (in == null) {
                throw new AssertionError("no golden file");
            }
            return in.readAllBytes();
        }
    }

    @Test
    void packageOfTheFirstDayIsReadable() throws IOException {
        Map<Member, byte[]> unpacked =
                TestingDeltas.unpack(golden(), Map.of(REFERENCES.get(0), BASE, REFERENCES.get(1), MEMORY_BEFORE));
        assertThat(unpacked.keySet()).isEqualTo(contents().keySet());
        contents().forEach((member, bytes) -> assertThat(unpacked.get(member)).isEqualTo(bytes));
    }

    @Test
    void todaysWriterStillWritesTheSameManifestPartsAndTrailer() throws IOException {
        TestingTar golden = TestingTar.of(golden());
        TestingTar today = TestingTar.of(write());
        assertThat(today.entries()).isEqualTo(golden.entries());
        for (int i = 0; i < golden.entries(); i++) {
            assertThat(today.name(i)).isEqualTo(golden.name(i));
        }
        assertThat(today.content(0)).isEqualTo(golden.content(0));
        assertThat(today.content(today.entries() - 1)).isEqualTo(golden.content(golden.entries() - 1));
    }

    @Test
    void everyInstructionIsInIt() throws IOException {
        TestingTar golden = TestingTar.of(golden());
        Set<Integer> found = new TreeSet<>();
        for (int i = 0; i < golden.entries(); i++) {
            if (golden.name(i).endsWith(".delta")) {
                byte[] content = golden.content(i);
                found.addAll(TestingDeltas.opcodes(Arrays.copyOfRange(content, 4, content.length)));
            }
        }
        assertThat(found)
                .containsExactly(
                        DeltaLayout.ADD,
                        DeltaLayout.FILL,
                        DeltaLayout.COPY,
                        DeltaLayout.PAGES,
                        DeltaLayout.FILLED_PAGES);
    }
}
