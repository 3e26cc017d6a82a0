package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CompressionLevelTest {
    private static final long SECOND = 1_000_000_000;
    private static final int HIGHEST = 11;

    private long now = 5;
    private final CompressionLevel level = CompressionLevel.adapting(2, () -> now);

    /** Packing took {@code share} of the two threads' time. */
    private void parts(int count, double share, boolean areBackedUp) {
        for (int i = 0; i < count; i++) {
            now += SECOND;
            level.packed((long) (share * 2 * SECOND));
            level.written(areBackedUp);
        }
    }

    @Test
    void risesStepByStepWhileTheLinkHoldsUpIdleCores() {
        assertThat(level.level()).isEqualTo(CompressionLevel.LOWEST);
        parts(2, 0.1, true);
        assertThat(level.level()).isBetween(2, HIGHEST - 1);
        parts(100, 0.1, true);
        assertThat(level.level()).isEqualTo(HIGHEST);
    }

    @Test
    void staysTheLowestWhereTheCoresAreBusyThoughPartsWait() {
        // The reader may compute on the same cores, and a stronger compression would take them from it.
        parts(100, 0.4, true);
        assertThat(level.level()).isEqualTo(CompressionLevel.LOWEST);
    }

    @Test
    void staysTheLowestWhileNothingWaitsForTheLink() {
        for (int i = 0; i < 100; i++) {
            parts(1, 0.01, i % 2 == 0);
        }
        assertThat(level.level()).isEqualTo(CompressionLevel.LOWEST);
    }

    @Test
    void fallsWhenTheCoresDoNotKeepUpWithTheLink() {
        parts(100, 0.1, true);
        parts(10, 0.3, false);
        parts(10, 0.9, true);
        assertThat(level.level()).isEqualTo(HIGHEST);
        parts(2, 0.9, false);
        assertThat(level.level()).isLessThan(HIGHEST);
        parts(100, 0.9, false);
        assertThat(level.level()).isEqualTo(CompressionLevel.LOWEST);
    }

    @Test
    void aFixedOneNeverChanges() {
        CompressionLevel fixed = CompressionLevel.fixed();
        for (int i = 0; i < 100; i++) {
            fixed.written(true);
        }
        assertThat(fixed.level()).isEqualTo(CompressionLevel.LOWEST);
    }
}
