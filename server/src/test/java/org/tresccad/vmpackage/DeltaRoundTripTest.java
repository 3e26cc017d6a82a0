package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tresccad.vmpackage.TestingDeltas.addAligned;
import static org.tresccad.vmpackage.TestingDeltas.addSaveImage;
import static org.tresccad.vmpackage.TestingDeltas.content;
import static org.tresccad.vmpackage.TestingDeltas.deltas;
import static org.tresccad.vmpackage.TestingDeltas.index;
import static org.tresccad.vmpackage.TestingDeltas.kept;
import static org.tresccad.vmpackage.TestingDeltas.pack;
import static org.tresccad.vmpackage.TestingDeltas.unpack;
import static org.tresccad.vmpackage.TestingPackages.PART;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.testing.TestingSaveImage;

final class DeltaRoundTripTest {
    private static final int BLOCK = BlockIndex.BLOCK_BYTES;

    private final Random random = new Random(20140601);

    private List<byte[]> memory(int pages) {
        List<byte[]> memory = new ArrayList<>();
        for (int i = 0; i < pages; i++) {
            memory.add(random.nextInt(3) == 0 ? new byte[BLOCK] : noise(BLOCK, random.nextLong()));
        }
        return memory;
    }

    @ParameterizedTest
    @ValueSource(ints = {PART, 2 * PART, 1 << 16, 1 << 20, 1 << 23})
    void memoryThatHardlyChangedCostsHardlyMoreThanTheEntries(int partSize) throws IOException {
        List<byte[]> memory = memory(1000);
        byte[] before = TestingSaveImage.of(memory, 300, noise(3000, 1)).bytes();
        for (int changed : new int[] {17, 18, 400}) {
            memory.set(changed, noise(BLOCK, changed));
        }
        byte[] after = TestingSaveImage.of(memory, 333, noise(3100, 2)).bytes();
        byte[] bytes = packedAfter(before, after, partSize);
        int parts = (after.length + partSize - 1) / partSize;
        // Three pages, the devices, and each entry with its header and one more block, seldom two.
        assertThat(bytes.length).isLessThan(3 * BLOCK + 3100 + 8192 + parts * 1600);
    }

    @ParameterizedTest
    @ValueSource(ints = {PART, 2 * PART, 1 << 16, 1 << 20, 1 << 23})
    void memoryOfAnUnknownLayoutCostsWhatIsNewInIt(int partSize) throws IOException {
        byte[] pages = TestingSaveImage.of(memory(10), 3, new byte[0]).bytes();
        byte[] unknown = noise(2 << 20, 7);
        for (byte[] begin : List.of(new byte[0], pages)) {
            byte[] before = joined(begin, unknown);
            byte[] after = joined(
                    begin,
                    noise(100, 8),
                    Arrays.copyOf(unknown, 1 << 20),
                    noise(10, 9),
                    Arrays.copyOfRange(unknown, (1 << 20) + 1, unknown.length));
            byte[] bytes = packedAfter(before, after, partSize);
            int parts = (after.length + partSize - 1) / partSize;
            // Some blocks around what is new, and one that each part's end cuts.
            assertThat(bytes.length).isLessThan(12 * BLOCK + 8192 + parts * (1600 + BLOCK));
            if (partSize >= 1 << 16) {
                assertThat(bytes.length).isLessThan(after.length / 8);
            }
        }
    }

    /** A package of {@code after} for one who has {@code before}, to whom it comes out as it went in. */
    private static byte[] packedAfter(byte[] before, byte[] after, int partSize) throws IOException {
        BlockIndex index = index();
        addSaveImage(index, before, 0);
        Reference.Kept reference = kept(Member.SNAPSHOT, before);
        byte[] bytes = pack(Map.of(Member.SNAPSHOT, after), List.of(reference), index, partSize);
        assertThat(unpack(bytes, Map.of(reference, before)).get(Member.SNAPSHOT))
                .isEqualTo(after);
        return bytes;
    }

    private static byte[] joined(byte[]... pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }

    @Test
    void partMayEndAnywhereInAndAroundAPage() throws IOException {
        List<byte[]> memory = memory(10);
        memory.set(9, noise(BLOCK, 9));
        byte[] before = TestingSaveImage.of(memory, 4, noise(100, 1)).bytes();
        BlockIndex index = index();
        addSaveImage(index, before, 0);
        Reference.Kept reference = kept(Member.SNAPSHOT, before);
        long last = Collections.max(
                TestingSaveImage.of("", memory, 4, noise(100, 2)).pageOffsets());
        // The last page begins up to 16 bytes before or behind a part's end.
        int shift = (int) (PART - last % PART);
        for (int length = shift - 16; length <= shift + 16; length++) {
            TestingSaveImage image =
                    TestingSaveImage.of(" ".repeat(Math.floorMod(length, PART)), memory, 4, noise(100, 2));

            byte[] bytes = pack(Map.of(Member.SNAPSHOT, image.bytes()), List.of(reference), index, PART);

            assertThat(unpack(bytes, Map.of(reference, before)).get(Member.SNAPSHOT))
                    .as("the last page begins at %d", Collections.max(image.pageOffsets()))
                    .isEqualTo(image.bytes());
        }
    }

    @Test
    void membersComeOutAsTheyWentInWhateverIsKnownOfThem() throws IOException {
        int relative = 0;
        for (int run = 0; run < 300; run++) {
            byte[] base = noise(random.nextInt(20 * BLOCK), run);
            Arrays.fill(base, base.length / 3, base.length / 2, (byte) 0);
            List<byte[]> memory = memory(1 + random.nextInt(30));
            byte[] before = TestingSaveImage.of(memory, 7, noise(100, run)).bytes();
            List<byte[]> later = new ArrayList<>(memory);
            later.addAll(memory(random.nextInt(3)));
            if (random.nextBoolean()) {
                Collections.shuffle(later, random);
            }
            byte[] snapshot = TestingSaveImage.of(later, 1 + random.nextInt(9), noise(50, run))
                    .bytes();
            if (random.nextInt(5) == 0) {
                snapshot[random.nextInt(snapshot.length)] ^= 1;
            }
            Map<Member, byte[]> contents = new EnumMap<>(Member.class);
            contents.put(Member.LIBVIRT_XML, noise(random.nextInt(9000), run));
            contents.put(Member.KERNEL, random.nextBoolean() ? base : noise(100, 3));
            contents.put(Member.SNAPSHOT, snapshot);
            contents.put(Member.DISK, mixed(base, before));

            BlockIndex index = new BlockIndex(run, random.nextInt(60));
            addSaveImage(index, before, 1);
            addAligned(index, base, 0);
            // Known here, but no reference of the package.
            addAligned(index, contents.get(Member.LIBVIRT_XML), 5);
            Map<Reference, byte[]> references = Map.of(content(base), base, kept(Member.SNAPSHOT, before), before);
            byte[] bytes = pack(
                    contents, List.of(content(base), kept(Member.SNAPSHOT, before)), index, PART << random.nextInt(4));
            relative += deltas(bytes) > 0 ? 1 : 0;

            Map<Member, byte[]> unpacked = unpack(bytes, references);
            for (Member member : contents.keySet()) {
                assertThat(unpacked.get(member)).as("%s of run %d", member, run).isEqualTo(contents.get(member));
            }
        }
        assertThat(relative).isGreaterThan(200);
    }

    /** Blocks of both, noise, and zeros, some of them not where blocks begin. */
    private byte[] mixed(byte[] one, byte[] other) {
        byte[] disk = new byte[random.nextInt(40 * BLOCK)];
        int at = 0;
        while (at < disk.length) {
            byte[] from = random.nextBoolean() ? one : other;
            int length = Math.min(disk.length - at, random.nextInt(4) == 0 ? random.nextInt(BLOCK) : BLOCK);
            int begin = from.length <= length ? 0 : random.nextInt((from.length - length) / BLOCK + 1) * BLOCK;
            int copied = Math.min(length, from.length - begin);
            if (random.nextInt(4) > 0 && copied > 0) {
                System.arraycopy(from, begin, disk, at, copied);
            }
            at += length;
        }
        return disk;
    }

    @Test
    void contentIsTheSameAsThatOfAPackageWithoutReferences() throws IOException {
        byte[] disk = noise(9 * PART + 100, 1);
        BlockIndex index = index();
        addAligned(index, disk, 0);
        byte[] relative = pack(Map.of(Member.DISK, disk), List.of(content(disk)), index, PART);
        byte[] whole = TestingPackages.pack(Map.of(Member.DISK, disk));
        TestingTar one = TestingTar.of(relative);
        TestingTar other = TestingTar.of(whole);
        assertThat(TrailerJson.read(one.content(one.entries() - 1)).members())
                .isEqualTo(TrailerJson.read(other.content(other.entries() - 1)).members());
        assertThat(relative.length).isLessThan(whole.length / 2);
    }

    @Test
    void fileThatTheReaderHasIsOneInstruction() throws IOException {
        byte[] kernel = noise(100_001, 1);
        BlockIndex index = index();
        addAligned(index, kernel, 0);
        byte[] bytes = pack(Map.of(Member.KERNEL, kernel), List.of(content(kernel)), index, 1 << 20);
        TestingTar tar = TestingTar.of(bytes);
        assertThat(tar.name(1)).endsWith(".delta");
        assertThat(tar.content(1)).hasSizeLessThan(40);
        assertThat(unpack(bytes, Map.of(content(kernel), kernel)).get(Member.KERNEL))
                .isEqualTo(kernel);
    }

    @Test
    void partOfWhichNothingIsKnownIsGivenWhole() throws IOException {
        byte[] base = noise(3 * PART, 1);
        byte[] disk = noise(3 * PART, 2);
        System.arraycopy(base, 0, disk, PART, PART);
        BlockIndex index = index();
        addAligned(index, base, 0);
        TestingTar tar = TestingTar.of(pack(Map.of(Member.DISK, disk), List.of(content(base)), index, PART));
        assertThat(tar.name(1)).endsWith(".zst");
        assertThat(tar.name(2)).endsWith(".delta");
        assertThat(tar.name(3)).endsWith(".zst");
    }

    @Test
    void readerThatHoldsOtherContentNoticesIt() throws IOException {
        byte[] disk = noise(4 * PART, 1);
        BlockIndex index = index();
        addAligned(index, disk, 0);
        byte[] bytes = pack(Map.of(Member.DISK, disk), List.of(content(disk)), index, PART);
        byte[] other = disk.clone();
        other[2 * PART + 9]++;
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> unpack(bytes, Map.of(content(disk), other)))
                .withMessageContaining("disk.00000002")
                .withMessageContaining("its content is not what its digest says");
    }

    @Test
    void referenceOfAnotherSizeOrThatCannotBeReadIsNamed() throws IOException {
        byte[] disk = noise(4 * PART, 1);
        BlockIndex index = index();
        addAligned(index, disk, 0);
        byte[] bytes = pack(Map.of(Member.DISK, disk), List.of(content(disk)), index, PART);
        assertThatExceptionOfType(ReferenceFailed.class)
                .isThrownBy(() -> unpack(bytes, Map.of(content(disk), new byte[100])))
                .withMessageContaining("has 100 bytes here and not 16384")
                .satisfies(e -> assertThat(e.reference()).isEqualTo(content(disk)));
        assertThatExceptionOfType(ReferenceFailed.class)
                .isThrownBy(() -> TestingDeltas.unpackFrom(bytes, Map.of(content(disk), () -> {
                    throw new IOException("stale file handle");
                })))
                .withMessageContaining("stale file handle");
    }

    @Test
    void referencesAreOpenedOnlyWhenNeededAndClosed() throws IOException {
        byte[] disk = noise(4 * PART, 1);
        BlockIndex index = index();
        addAligned(index, disk, 1);
        List<Reference> references = List.of(content(new byte[9]), content(disk));
        byte[] bytes = pack(Map.of(Member.DISK, disk), references, index, PART);
        AtomicInteger opened = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        TestingDeltas.unpackFrom(
                bytes,
                Map.of(
                        references.get(0),
                        () -> {
                            throw new IOException("not needed");
                        },
                        references.get(1),
                        () -> {
                            opened.incrementAndGet();
                            return new ReferenceContent() {
                                @Override
                                public long sizeBytes() {
                                    return disk.length;
                                }

                                @Override
                                public void read(long offset, byte[] target, int at, int length) {
                                    System.arraycopy(disk, (int) offset, target, at, length);
                                }

                                @Override
                                public void close() {
                                    closed.incrementAndGet();
                                }
                            };
                        }));
        assertThat(opened).hasValue(1);
        assertThat(closed).hasValue(1);
    }

    @Test
    void referencesMustBeThoseOfTheManifest() throws IOException {
        byte[] disk = noise(PART, 1);
        byte[] bytes = pack(Map.of(Member.DISK, disk), List.of(content(disk)), index(), PART);
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> TestingPackages.unpack(bytes))
                .withMessageContaining("is relative to content that is not given here");
        assertThatIllegalArgumentException().isThrownBy(() -> unpack(bytes, Map.of()));
        PackageReader whole = PackageReader.open(
                new ByteArrayInputStream(TestingPackages.pack(Map.of(Member.DISK, disk))),
                PackageLimits.STANDARD,
                TestingPackages.WORKERS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> whole.extract(
                        Map.of(Member.DISK, MemberSink.discard()),
                        Map.of(content(disk), () -> new TestingDeltas.InMemory(disk)),
                        new Progress(),
                        new Cancellation()));
    }
}
