package org.tresccad.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tresccad.instance.InstanceId;

class SessionTokensTest {
    private final SettableClock clock = new SettableClock();
    private final SessionTokens tokens = new SessionTokens(clock);
    private final InstanceId guest = InstanceId.random();

    @Test
    void aTokenIsItsGuestsAlone() {
        String token = tokens.issue(guest, Duration.ofMinutes(1));
        assertThat(tokens.isValid(guest, token)).isTrue();
        assertThat(tokens.isValid(InstanceId.random(), token)).isFalse();
        assertThat(tokens.isValid(guest, token + "x")).isFalse();
        assertThat(tokens.isValid(guest, "")).isFalse();
    }

    @Test
    void aTokenExpires() {
        String token = tokens.issue(guest, Duration.ofSeconds(1));
        clock.now = clock.now.plusMillis(999);
        assertThat(tokens.isValid(guest, token)).isTrue();
        clock.now = clock.now.plusMillis(1);
        assertThat(tokens.isValid(guest, token)).isFalse();
    }

    @Test
    void aLifeOutsideTheRangeIsRefused() {
        assertThatThrownBy(() -> tokens.issue(guest, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> tokens.issue(guest, SessionTokens.LONGEST.plusSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aGuestThatAsksForMoreThanItMayHaveLosesTheOldest() {
        String other = tokens.issue(InstanceId.random(), SessionTokens.LONGEST);
        List<String> mine = new ArrayList<>();
        for (int i = 0; i <= SessionTokens.MOST_PER_GUEST; i++) {
            mine.add(tokens.issue(guest, SessionTokens.LONGEST));
        }
        assertThat(mine).doesNotHaveDuplicates();
        assertThat(tokens.isValid(guest, mine.get(0))).isFalse();
        assertThat(mine.subList(1, mine.size())).allMatch(token -> tokens.isValid(guest, token));
        assertThat(other).isNotEmpty();
        assertThat(tokens.size()).isEqualTo(SessionTokens.MOST_PER_GUEST + 1);
    }

    @Test
    void expiredTokensAreNotKept() {
        for (int i = 0; i < 20; i++) {
            tokens.issue(InstanceId.random(), Duration.ofSeconds(5));
        }
        clock.now = clock.now.plusSeconds(10);
        tokens.issue(guest, Duration.ofSeconds(5));
        assertThat(tokens.size()).isEqualTo(1);
    }

    private static final class SettableClock extends Clock {
        private Instant now = Instant.parse("2026-11-20T12:00:00Z");

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
    }
}
