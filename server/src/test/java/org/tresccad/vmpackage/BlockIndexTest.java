package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.testing.TestingSaveImage;

final class BlockIndexTest {
    private static final int BLOCK = BlockIndex.BLOCK_BYTES;

    private final BlockIndex index = new BlockIndex(7, 100_000);

    @TempDir
    private Path directory;

    private static long offset(BlockIndex index, byte[] block) {
        long location = index.find(block, 0, block.length);
        assertThat(location).isNotEqualTo(BlockIndex.NONE);
        return BlockIndex.offset(location);
    }

    @Test
    void everyBlockIsFoundWhereItLies() {
        for (int i = 0; i < 20_000; i++) {
            assertThat(index.add(noise(64, i), 0, 64, i % 64, i * 4096L)).isTrue();
        }
        assertThat(index.blocks()).isEqualTo(20_000);
        for (int i = 0; i < 20_000; i++) {
            long location = index.find(noise(64, i), 0, 64);
            assertThat(BlockIndex.reference(location)).isEqualTo(i % 64);
            assertThat(BlockIndex.offset(location)).isEqualTo(i * 4096L);
        }
        assertThat(index.find(noise(64, -1), 0, 64)).isEqualTo(BlockIndex.NONE);
    }

    @Test
    void placeThatCameFirstStays() {
        byte[] block = noise(BLOCK, 1);
        index.add(block, 0, BLOCK, 0, 4096);
        index.add(block, 0, BLOCK, 1, 8192);
        assertThat(offset(index, block)).isEqualTo(4096);
        assertThat(index.blocks()).isEqualTo(1);
    }

    @Test
    void zerosAreNeverInIt() {
        for (int length : new int[] {1, 2, BLOCK}) {
            assertThat(index.add(new byte[BLOCK], 0, length, 0, 0)).isFalse();
        }
        byte[] nearly = new byte[BLOCK];
        nearly[BLOCK - 1] = 1;
        assertThat(index.add(nearly, 0, BLOCK, 0, 0)).isTrue();
        assertThat(index.blocks()).isEqualTo(1);
    }

    @Test
    void blocksBeyondItsLimitAreLeftOut() {
        BlockIndex small = new BlockIndex(7, 2);
        for (int i = 0; i < 5; i++) {
            assertThat(small.add(noise(BLOCK, i), 0, BLOCK, 0, 0)).isEqualTo(i < 2);
        }
        assertThat(small.add(noise(BLOCK, 0), 0, BLOCK, 0, 0)).isTrue();
    }

    @Test
    void fileIsCutAtMultiplesOfTheBlock() throws IOException {
        byte[] content = noise(3 * BLOCK + 100, 1);
        index.addFile(Files.write(directory.resolve("base"), content), 0);
        assertThat(index.blocks()).isEqualTo(4);
        assertThat(offset(index, Arrays.copyOfRange(content, BLOCK, 2 * BLOCK))).isEqualTo(BLOCK);
        assertThat(offset(index, Arrays.copyOfRange(content, 3 * BLOCK, content.length)))
                .isEqualTo(3 * BLOCK);
    }

    @Test
    void saveImageIsCutAtItsPagesAndItsDevicesByTheirContent() throws IOException {
        byte[] page = noise(BLOCK, 1);
        byte[] devices = noise(9, 1);
        TestingSaveImage image = TestingSaveImage.of(List.of(new byte[BLOCK], page), 9, devices);
        index.addSaveImage(Files.write(directory.resolve("memory"), image.bytes()), 0);
        assertThat(index.blocks()).isEqualTo(2);
        assertThat(offset(index, page)).isEqualTo(image.pageOffsets().get(0));
        assertThat(offset(index, devices)).isEqualTo(image.bytes().length - devices.length);
    }

    @Test
    void indexesWithOneSeedCanBeCombined() {
        BlockIndex other = new BlockIndex(7, 10);
        other.add(noise(BLOCK, 1), 0, BLOCK, 1, 4096);
        index.addAll(other, number -> number + 5);
        assertThat(BlockIndex.reference(index.find(noise(BLOCK, 1), 0, BLOCK))).isEqualTo(6);
        assertThatIllegalArgumentException().isThrownBy(() -> index.addAll(new BlockIndex(8, 10), number -> number));
    }

    @Test
    void fileHoldsTheIndex() throws IOException {
        for (int i = 0; i < 5000; i++) {
            index.add(noise(64, i), 0, 64, i % 3, i * 4096L);
        }
        Path file = directory.resolve("blocks");
        BlockIndexFile.write(index, file);
        BlockIndex read = BlockIndexFile.read(file, 5000);
        assertThat(read.blocks()).isEqualTo(5000);
        for (int i = 0; i < 5000; i++) {
            assertThat(read.find(noise(64, i), 0, 64)).isEqualTo(index.find(noise(64, i), 0, 64));
        }
        assertThatIOException()
                .isThrownBy(() -> BlockIndexFile.read(file, 4999))
                .withMessageContaining("has more than 4999 blocks");
    }

    @Test
    void fileThatIsDamagedOrCutIsRefused() throws IOException {
        for (int i = 0; i < 3; i++) {
            index.add(noise(64, i), 0, 64, 0, i * 4096L);
        }
        Path file = directory.resolve("blocks");
        BlockIndexFile.write(index, file);
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 4;
            Files.write(file, bad);
            assertThatIOException().as("byte %d", at).isThrownBy(() -> BlockIndexFile.read(file, 1000));
            Files.write(file, Arrays.copyOf(good, at));
            assertThatIOException().as("cut at %d", at).isThrownBy(() -> BlockIndexFile.read(file, 1000));
        }
    }

    @Test
    void whatArrivesIsIndexedAsItLiesInTheFile() throws IOException {
        byte[] memory = TestingSaveImage.of(List.of(noise(BLOCK, 1), noise(BLOCK, 2), new byte[BLOCK]), 2, noise(9, 1))
                .bytes();
        byte[] disk = noise(5 * BLOCK + 7, 3);
        PackageReader reader = PackageReader.open(
                new ByteArrayInputStream(TestingPackages.pack(Map.of(Member.SNAPSHOT, memory, Member.DISK, disk))),
                PackageLimits.STANDARD,
                TestingPackages.WORKERS);
        reader.extract(
                Map.of(
                        Member.SNAPSHOT, new IndexingSink(Member.SNAPSHOT, MemberSink.discard(), index, 0),
                        Member.DISK, new IndexingSink(Member.DISK, MemberSink.discard(), index, 1)),
                new Progress(),
                new Cancellation());

        assertThat(index.blocks()).isEqualTo(3 + 6);
        Reference.Kept keptMemory = TestingDeltas.kept(Member.SNAPSHOT, memory);
        Reference.Kept keptDisk = TestingDeltas.kept(Member.DISK, disk);
        byte[] back = TestingDeltas.pack(
                Map.of(Member.SNAPSHOT, memory, Member.DISK, disk), List.of(keptMemory, keptDisk), index, 1 << 16);
        assertThat(TestingDeltas.deltas(back)).isEqualTo(2);
        assertThat(TestingDeltas.unpack(back, Map.of(keptMemory, memory, keptDisk, disk)))
                .containsEntry(Member.DISK, disk)
                .containsEntry(Member.SNAPSHOT, memory);
    }
}
