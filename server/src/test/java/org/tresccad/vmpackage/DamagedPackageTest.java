package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DamagedPackageTest {
    private final Map<Member, byte[]> contents = TestingPackages.smallContents();
    private final Manifest manifest = TestingPackages.manifest(contents.keySet());
    private final byte[] whole = TestingPackages.pack(contents);

    @Test
    void packageCutAnywhereIsRefused() {
        IntStream.range(0, whole.length).parallel().forEach(length -> {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(PackageInvalid.class)
                    .as("cut to %d bytes of %d", length, whole.length)
                    .isThrownBy(() -> TestingPackages.unpack(cut));
        });
    }

    /** One bit of every byte in a short run, every bit of every byte in a long one. */
    @Test
    void flippedBitAnywhereIsNoticedOrChangesNothing() {
        int step = "1".equals(System.getenv("TRESCCAD_TEST_LONG")) ? 1 : 9;
        int flips = whole.length * 8 / step;
        long noticed = IntStream.range(0, flips)
                .map(i -> i * step)
                .parallel()
                .filter(this::isNoticed)
                .count();
        // What may pass is within a zstd frame's or the trailer's own redundancy, and that is little.
        assertThat(noticed).isGreaterThan(flips * 99L / 100);
    }

    private boolean isNoticed(int bit) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        try {
            TestingPackages.Unpacked unpacked = TestingPackages.unpack(flipped);
            assertThat(unpacked.hasContents(contents) && unpacked.manifest().equals(manifest))
                    .as("bit %d of byte %d was changed unseen", bit % 8, bit / 8)
                    .isTrue();
            return false;
        } catch (PackageInvalid e) {
            return true;
        }
    }

    @Test
    void anythingAfterTheEndIsRefused() {
        for (int extra : new int[] {1, 511, 512, 1024, whole.length}) {
            byte[] longer = Arrays.copyOf(whole, whole.length + extra);
            assertThatExceptionOfType(PackageInvalid.class)
                    .isThrownBy(() -> TestingPackages.unpack(longer))
                    .withMessageContaining("followed by more data");
        }
    }

    @Test
    void secondPackageBehindTheFirstIsRefused() {
        byte[] twice = Arrays.copyOf(whole, 2 * whole.length);
        System.arraycopy(whole, 0, twice, whole.length, whole.length);
        assertThatExceptionOfType(PackageInvalid.class).isThrownBy(() -> TestingPackages.unpack(twice));
    }
}
