package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.tresccad.vmpackage.TestingDeltas.content;
import static org.tresccad.vmpackage.TestingPackages.PART;
import static org.tresccad.vmpackage.TestingPackages.noise;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Instructions that a correct writer never writes. All are tried on a kernel of one full part. */
final class HostileDeltaTest {
    private static final byte[] BASE = noise(3 * PART, 1);
    private static final byte[] KERNEL = Arrays.copyOf(BASE, PART);

    private final TestingTar tar = correct();

    /** manifest, kernel, trailer. */
    private static TestingTar correct() {
        BlockIndex index = TestingDeltas.index();
        index.add(BASE, 0, PART, 0, 0);
        try {
            return TestingTar.of(
                    TestingDeltas.pack(Map.of(Member.KERNEL, KERNEL), List.of(content(BASE)), index, PART));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<Member, byte[]> unpack(TestingTar tar) throws IOException {
        return TestingDeltas.unpack(tar.bytes(), Map.of(content(BASE), BASE));
    }

    private static String name(String suffix) {
        return "kernel.00000000." + Sha256.of(KERNEL, PART) + suffix;
    }

    private static byte[] entry(int plainSize, byte[] instructions) {
        byte[] frame = Zstd.compress(instructions);
        return ByteBuffer.allocate(4 + frame.length)
                .putInt(plainSize)
                .put(frame)
                .array();
    }

    /** Numbers below 256 are themselves, -1 and less are varints of their negation. */
    private static byte[] bytes(long... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (long part : parts) {
            if (part >= 0) {
                out.write((int) part);
            } else {
                long left = -part;
                while (left > 127) {
                    out.write((int) (left | 0x80) & 0xff);
                    left >>>= 7;
                }
                out.write((int) left);
            }
        }
        return out.toByteArray();
    }

    private void assertRefused(String because) {
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> unpack(tar))
                .withMessageContaining(because);
    }

    @Test
    void correctInstructionsAreCarriedOut() throws IOException {
        tar.replace(1, name(".delta"), entry(PART, bytes(3, 0, 0, -PART)));
        assertThat(unpack(tar).get(Member.KERNEL)).isEqualTo(KERNEL);
    }

    @Test
    void packageCutAnywhereIsRefused() {
        tar.replace(1, name(".delta"), entry(PART, bytes(3, 0, 0, -PART)));
        byte[] whole = tar.bytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(PackageInvalid.class)
                    .as("cut to %d bytes of %d", length, whole.length)
                    .isThrownBy(() -> TestingDeltas.unpack(cut, Map.of(content(BASE), BASE)));
        }
    }

    static List<List<Object>> wrong() {
        long huge = Long.MAX_VALUE;
        return List.of(
                List.of("no such reference", bytes(3, 1, 0, -PART)),
                List.of("no such reference", bytes(3, -64, 0, -PART)),
                List.of("no such reference", bytes(3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, -PART)),
                List.of("reaches out of a reference", bytes(3, 0, -(2 * (2 * PART + 1)), -PART)),
                List.of("reaches out of a reference", bytes(3, 0, 1, -PART)),
                List.of("reaches out of a reference", bytes(3, 0, -huge, -PART)),
                List.of("reaches out of a reference", bytes(3, 0, -(huge - 1), -PART)),
                List.of("makes nothing, or too much", bytes(3, 0, 0, -(PART + 1))),
                List.of("makes nothing, or too much", bytes(3, 0, 0, 0)),
                List.of("makes nothing, or too much", bytes(3, 0, 0, -huge)),
                List.of("makes nothing, or too much", bytes(1, 0)),
                List.of("makes nothing, or too much", bytes(1, -(PART + 1))),
                List.of("its instructions end in one of them", bytes(1, 10, 1, 2, 3)),
                List.of("makes nothing, or too much", bytes(2, 0, 0)),
                List.of("makes nothing, or too much", bytes(2, -(PART + 1), 0)),
                List.of("its instructions end in one of them", bytes(2, -PART)),
                List.of("makes nothing, or too much", bytes(4, 1, 0, 0, 0, -4096)),
                List.of("makes nothing, or too much", bytes(4, -(1L << 62), 0, 0, 0, -4096)),
                List.of("makes nothing, or too much", bytes(5, -456, 0, 0)),
                List.of("makes nothing, or too much", bytes(5, 0, 0, 0)),
                List.of("its instructions end in one of them", bytes(5, -455, 0)),
                List.of("there is no instruction 0", bytes(0, 1)),
                List.of("there is no instruction 6", bytes(6, 1)),
                List.of("there is no instruction 255", bytes(255, 1)),
                List.of("not in its shortest form", bytes(2, 0x81, 0x00, 0)),
                List.of("more than 64 bits", bytes(2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 0)),
                List.of("more than 64 bits", bytes(2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 129, 1, 0)),
                List.of("its instructions end in one of them", bytes(3, 0, 0, 128)),
                List.of("its instructions end after 4095 of 4096 bytes", bytes(3, 0, 0, -(PART - 1))),
                List.of("makes nothing, or too much", bytes(3, 0, 0, -PART, 2, 1, 0)),
                List.of("more than 128 instructions", repeated(bytes(2, 1, 0), 129)),
                List.of("its content is not what its digest says", bytes(3, 0, 2, -PART)),
                List.of("its content is not what its digest says", bytes(2, -PART, 7)));
    }

    private static byte[] repeated(byte[] bytes, int times) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @MethodSource
    void wrong(List<Object> reasonAndInstructions) {
        tar.replace(1, name(".delta"), entry(PART, (byte[]) reasonAndInstructions.get(1)));
        assertRefused((String) reasonAndInstructions.get(0));
    }

    @Test
    void pagesMustLieWithinTheReferenceAndStrideWithinLimits() throws IOException {
        byte[] twice = new byte[2 * PART];
        TestingTar two = TestingTar.of(TestingDeltas.pack(
                Map.of(Member.KERNEL, twice), List.of(content(BASE)), TestingDeltas.index(), 2 * PART));
        for (Map.Entry<byte[], String> wrong : Map.of(
                        bytes(4, 1, 0, 0, -(4 * PART + 2), -PART), "reaches out of a reference",
                        bytes(4, 1, 0, 0, 1, -PART), "reaches out of a reference",
                        bytes(4, 1, 0, 0, 0, -4095), "strides too short or too long",
                        bytes(4, 1, 0, 0, 0, -65537), "strides too short or too long",
                        bytes(4, 2, 0, 0, 0, -PART), "makes nothing, or too much")
                .entrySet()) {
            two.replace(
                    1, "kernel.00000000." + Sha256.of(twice, twice.length) + ".delta", entry(2 * PART, wrong.getKey()));
            assertThatExceptionOfType(PackageInvalid.class)
                    .isThrownBy(() -> unpack(two))
                    .withMessageContaining(wrong.getValue());
        }
    }

    @Test
    void statedSizeMustBeThatOfAPart() {
        for (int size : new int[] {0, -1, PART + 1, Integer.MAX_VALUE}) {
            tar.replace(1, name(".delta"), entry(size, bytes(3, 0, 0, -PART)));
            assertRefused("does not state a content of 1 to 4096 bytes");
        }
        tar.replace(1, name(".delta"), new byte[3]);
        assertRefused("does not state a content of 1 to 4096 bytes");
    }

    @Test
    void contentMustBeOneFrameOfInstructionsNoLongerThanAPart() {
        byte[] entry = entry(PART, bytes(3, 0, 0, -PART));
        tar.replace(1, name(".delta"), Arrays.copyOf(entry, entry.length + 1));
        assertRefused("is not exactly one zstd frame");
        tar.replace(1, name(".delta"), Arrays.copyOf(entry, 6));
        assertRefused("is not exactly one zstd frame");
        tar.replace(1, name(".delta"), entry(PART, new byte[PART + 1]));
        assertRefused("does not state a content of 1 to 4096 bytes");
        tar.replace(1, name(".delta"), entry(PART, new byte[0]));
        assertRefused("does not state a content of 1 to 4096 bytes");
    }

    @Test
    void deltaInAPackageWithoutReferencesIsRefused() {
        TestingTar whole = TestingTar.of(TestingPackages.pack(Map.of(Member.KERNEL, KERNEL)));
        whole.replace(1, name(".delta"), entry(PART, bytes(1, 1, 0)));
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> TestingPackages.unpack(whole.bytes()))
                .withMessageContaining("must be given whole");
    }

    @Test
    void whatGoesAheadIsGivenWhole() throws IOException {
        byte[] bytes = AheadBlocksTest.packed(List.of(KERNEL), KERNEL);
        TestingTar with = TestingTar.of(bytes);
        assertThat(with.name(1)).startsWith("ahead.").endsWith(".zst");
        with.replace(1, with.name(1).replace(".zst", ".delta"), entry(PART, bytes(2, -PART, 0)));
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> TestingDeltas.unpack(with.bytes(), Map.of()))
                .withMessageContaining("must be given whole");
    }
}
