package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.job.Cancellation;

/** Arrivals that wait for a word. */
class WaitingTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATER = NOW.plus(Duration.ofSeconds(31));

    private final Waiting waiting = new Waiting();
    private final Epoch epoch = new Epoch(Lineage.random(), 1);

    @Test
    void theOtherSideIsSilentWhenNothingWasHeardForAWhile() {
        assertThat(waiting.isSilent(epoch, LATER)).as("it does not wait yet").isFalse();
        waiting.begins(epoch, NOW);
        assertThat(waiting.isSilent(epoch, NOW)).isFalse();
        assertThat(waiting.isSilent(epoch, LATER)).isTrue();
        waiting.begins(epoch, LATER);
        assertThat(waiting.isSilent(epoch, LATER)).as("tried again").isTrue();
        waiting.heard(epoch, LATER);
        assertThat(waiting.isSilent(epoch, LATER)).isFalse();
        waiting.ends(epoch);
        assertThat(waiting.isSilent(epoch, LATER.plusSeconds(60))).isFalse();
    }

    @Test
    void whoAsksMakesWayForTheOwner() {
        Cancellation asking = new Cancellation();
        Waiting.Pass pass = waiting.asks(epoch, asking);
        try (pass) {
            Waiting.Pass way = waiting.makeWay(epoch);
            try (way) {
                assertThat(asking.reason()).isPresent();
                assertThat(waiting.isInTheWay(epoch)).isTrue();
                Cancellation next = new Cancellation();
                waiting.asks(epoch, next).close();
                assertThat(next.reason()).isPresent();
            }
            assertThat(waiting.isInTheWay(epoch)).isFalse();
        }
    }
}
