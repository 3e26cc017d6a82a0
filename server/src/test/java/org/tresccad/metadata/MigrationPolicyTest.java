package org.tresccad.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.instance.Instance;
import org.tresccad.metadata.GuestPolicy.MayAsk;
import org.tresccad.metadata.MigrationPolicy.Refusal;
import org.tresccad.testing.TestingHost;

class MigrationPolicyTest {
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    @TempDir
    private Path directory;

    private TestingHost host;
    private Instance instance;

    @BeforeEach
    void boot() {
        host = new TestingHost(directory);
        instance = host.boot("one");
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void theOperatorsWordIsTheLastWhenItIsNever() {
        assertThat(refused(MayAsk.NEVER, Map.of("tresccad:migration", "allowed")))
                .isTrue();
    }

    @Test
    void theOwnerMayForbidWhatTheOperatorAllows() {
        assertThat(refused(MayAsk.ALWAYS, Map.of())).isFalse();
        assertThat(refused(MayAsk.ALWAYS, Map.of("tresccad:migration", "allowed")))
                .isFalse();
        assertThat(refused(MayAsk.ALWAYS, Map.of("tresccad:migration", "never")))
                .isTrue();
        assertThat(refused(MayAsk.ALWAYS, Map.of("tresccad:migration", "yes please")))
                .isTrue();
    }

    @Test
    void theOwnerMustAllowWhatTheOperatorLeavesToThem() {
        assertThat(refused(MayAsk.OWNER, Map.of())).isTrue();
        assertThat(refused(MayAsk.OWNER, Map.of("tresccad:migration", "never"))).isTrue();
        assertThat(refused(MayAsk.OWNER, Map.of("tresccad:migration", "allowed")))
                .isFalse();
    }

    @Test
    void theOwnerMayNameTheDestinations() {
        assertThat(refused(MayAsk.ALWAYS, Map.of("tresccad:destinations", "a, b ,c")))
                .isFalse();
        assertThat(refused(MayAsk.ALWAYS, Map.of("tresccad:destinations", "a,c,bb")))
                .isTrue();
        assertThat(refused(MayAsk.ALWAYS, Map.of("tresccad:destinations", ""))).isTrue();
    }

    @Test
    void requestsAreCountedWithinTheWindowOnly() {
        MigrationPolicy policy = policy(MayAsk.ALWAYS);
        List<Instant> old = List.of(NOW.minusSeconds(3600), NOW.minusSeconds(4000), NOW.minusSeconds(10));
        assertThat(policy.refusal(instance, "b", old)).isEmpty();
        List<Instant> recent = List.of(NOW.minusSeconds(10), NOW.minusSeconds(1000));
        Refusal refusal = policy.refusal(instance, "b", recent).orElseThrow();
        assertThat(refusal.retryAfter().orElseThrow()).isBetween(Duration.ofSeconds(2600), Duration.ofSeconds(2602));
    }

    @Test
    void askingAgainDoesNotHelpAgainstARule() {
        Refusal refusal = policy(MayAsk.NEVER).refusal(instance, "b", List.of()).orElseThrow();
        assertThat(refusal.retryAfter()).isEmpty();
        assertThat(refusal.reason()).isNotEmpty();
    }

    private boolean refused(MayAsk mayAsk, Map<String, String> metadata) {
        Instance with = instance.edited(instance.name(), metadata, false, NOW);
        return policy(mayAsk).refusal(with, "b").isPresent();
    }

    private static MigrationPolicy policy(MayAsk mayAsk) {
        return new MigrationPolicy(new GuestPolicy(mayAsk, 2, Duration.ofHours(1)), Clock.fixed(NOW, ZoneOffset.UTC));
    }
}
