package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.ProjectId;
import org.tresccad.instance.Reservations.Share;

/** Room that is promised for a while. */
class ReservationsTest {
    private static final Duration TIME = Duration.ofMinutes(10);
    private static final ProjectId PROJECT = new ProjectId("a".repeat(32));
    private static final Reservations.Key KEY = new Reservations.Key(new Epoch(Lineage.random(), 1), UUID.randomUUID());
    private static final Share SHARE = new Share(PROJECT, new Quotas.Usage(1, 2, 64), 1000);

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Reservations reservations = new Reservations(new Clock() {
        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    });

    @Test
    void aPromiseCountsForOthersAndNotForTheOneItWasMadeTo() {
        reservations.hold(KEY, SHARE, TIME);
        assertThat(reservations.memoryMib(Optional.empty())).isEqualTo(64);
        assertThat(reservations.memoryMib(Optional.of(KEY))).isZero();
        assertThat(reservations.usage(PROJECT, Optional.empty())).isEqualTo(SHARE.usage());
        assertThat(reservations.usage(new ProjectId("b".repeat(32)), Optional.empty()))
                .isEqualTo(Quotas.Usage.NONE);
    }

    @Test
    void aPromiseEndsByItselfUnlessItIsRenewedOrTakenOver() {
        reservations.hold(KEY, SHARE, TIME);
        now = now.plus(TIME);
        reservations.hold(KEY, new Share(PROJECT, SHARE.usage(), 10), TIME);
        now = now.plus(TIME);
        assertThat(reservations.diskBytes(Optional.empty())).isEqualTo(1000);
        now = now.plusMillis(1);
        assertThat(reservations.diskBytes(Optional.empty())).isZero();

        reservations.hold(KEY, SHARE, TIME);
        reservations.takeOver(KEY);
        now = now.plus(TIME).plusMillis(1);
        assertThat(reservations.memoryMib(Optional.empty()))
                .as("its row counts")
                .isZero();
        assertThat(reservations.diskBytes(Optional.empty())).isEqualTo(1000);
        reservations.giveUp(KEY);
        assertThat(reservations.diskBytes(Optional.empty()))
                .as("a late word of the source")
                .isEqualTo(1000);
        reservations.release(KEY);
        assertThat(reservations.diskBytes(Optional.empty())).isZero();
    }
}
