package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tresccad.job.Cancelled;

/** By a clock that only pauses move: every byte is accounted for, whatever the machine does. */
final class BandwidthLimitTest {
    private static final int RATE = 1_000_000;
    private static final int BUCKET = RATE / 20;

    private long now = 17;

    /** Fails as soon as more has come than the limit allows for the time gone by. */
    private final class Wire extends OutputStream {
        final ByteArrayOutputStream got = new ByteArrayOutputStream();

        @Override
        public void write(int oneByte) {
            write(new byte[] {(byte) oneByte}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int at, int length) {
            got.write(bytes, at, length);
            assertThat((double) got.size()).isLessThanOrEqualTo(BUCKET + (now - 17) / 1e9 * RATE + 1);
        }
    }

    @Test
    void atNoMomentMoreHasBeenSentThanTheRateAllows() throws IOException {
        byte[] data = new byte[3 * RATE + 7];
        new Random(1).nextBytes(data);
        Wire wire = new Wire();
        OutputStream out = limit(RATE).over(wire);

        out.write(data, 0, 10);
        out.write(data[10]);
        out.write(data, 11, data.length - 11);

        assertThat(wire.got.toByteArray()).isEqualTo(data);
    }

    @Test
    void theRateIsUsed() throws IOException {
        limit(RATE).over(new Wire()).write(new byte[10 * RATE]);

        // Each pause may be up to a millisecond longer than it has to be.
        assertThat(Duration.ofNanos(now)).isBetween(Duration.ofMillis(9_900), Duration.ofMillis(10_500));
    }

    @Test
    void whatWasNotUsedIsNotSavedUp() throws IOException {
        BandwidthLimit limit = limit(RATE);
        now += Duration.ofHours(1).toNanos();
        long before = now;

        limit.over(OutputStream.nullOutputStream()).write(new byte[RATE]);

        assertThat(Duration.ofNanos(now - before)).isGreaterThanOrEqualTo(Duration.ofMillis(950));
    }

    @Test
    void onceLiftedNothingWaits() throws IOException {
        BandwidthLimit limit = limit(RATE);
        limit.lift();

        limit.over(OutputStream.nullOutputStream()).write(new byte[100 * RATE]);

        assertThat(now).isEqualTo(17);
    }

    @Test
    void whoWaitsWhenItIsLiftedGoesOn() throws IOException {
        BandwidthLimit[] limit = new BandwidthLimit[1];
        limit[0] = new BandwidthLimit(RATE, () -> now, pause -> limit[0].lift());

        limit[0].over(OutputStream.nullOutputStream()).write(new byte[100 * RATE]);

        assertThat(now).isEqualTo(17);
    }

    @Test
    void noLimitIsNone() throws IOException {
        limit(0).over(OutputStream.nullOutputStream()).write(new byte[100 * RATE]);

        assertThat(now).isEqualTo(17);
    }

    @Test
    void aCancelledMoveDoesNotWait() {
        BandwidthLimit limit = new BandwidthLimit(RATE, () -> now, pause -> {
            throw new Cancelled("asked for");
        });

        assertThatThrownBy(() -> limit.over(new Wire()).write(new byte[RATE])).isInstanceOf(Cancelled.class);
    }

    @Test
    void aRateThatWouldSeemDeadIsRefused() {
        assertThatThrownBy(() -> limit(100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 16384");
    }

    private BandwidthLimit limit(long bytesPerSecond) {
        return new BandwidthLimit(bytesPerSecond, () -> now, pause -> now += pause.toNanos());
    }
}
