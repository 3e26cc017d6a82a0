package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingHypervisor.Operation;

/** A guest that stood still on its host has its clock set when it runs on, if it has an agent, and never waits for that. */
final class GuestClockTest {
    @TempDir
    private Path directory;

    private TestingHost host;
    private Instance instance;

    @BeforeEach
    void boot() {
        host = new TestingHost(directory);
        instance = host.boot("one");
        awaitStatus(InstanceStatus.ACTIVE);
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void aPausedGuestHasTheTimeAgainWhenItRunsOn() {
        host.hypervisor.giveGuestsAgents();
        host.power.pause(TestingHost.MEMBER, instance.id());
        assertThat(host.hypervisor.clocksSet()).isEmpty();
        host.power.unpause(TestingHost.MEMBER, instance.id());
        awaitClockSet();
    }

    @Test
    void aSuspendedGuestHasTheTimeAgainWhenItRunsOn() {
        host.hypervisor.giveGuestsAgents();
        host.power.suspend(TestingHost.MEMBER, instance.id());
        awaitStatus(InstanceStatus.SUSPENDED);
        host.power.resume(TestingHost.MEMBER, instance.id());
        awaitStatus(InstanceStatus.ACTIVE);
        awaitClockSet();
    }

    @Test
    void anAgentWhosePortOpensLateIsFound() {
        host.power.pause(TestingHost.MEMBER, instance.id());
        host.power.unpause(TestingHost.MEMBER, instance.id());
        assertThat(host.hypervisor.clocksSet()).isEmpty();
        host.hypervisor.giveGuestsAgents();
        awaitClockSet();
    }

    @Test
    void anAgentThatRefusesIsNotAskedAgainAndTheGuestRuns() {
        host.hypervisor.giveGuestsAgents();
        host.hypervisor.refuseNext(Operation.CLOCK);
        host.power.pause(TestingHost.MEMBER, instance.id());
        host.power.unpause(TestingHost.MEMBER, instance.id());
        assertThat(status()).isEqualTo(InstanceStatus.ACTIVE);
        await("no second try")
                .during(Duration.ofSeconds(1))
                .until(() -> host.hypervisor.clocksSet().isEmpty());
    }

    @Test
    void aGuestThatCouldNotBeStoppedIsToldThatItRunsOn() {
        host.hypervisor.refuseNext(Operation.PAUSE);
        try {
            host.power.pause(TestingHost.MEMBER, instance.id());
        } catch (RuntimeException e) {
            assertThat(e).hasMessageContaining("refuses");
        }
        assertThat(host.guestEvents.of(instance.id()))
                .extracting(GuestEvent::kind)
                .containsExactly(GuestEvent.Kind.FROZEN, GuestEvent.Kind.THAWED);
    }

    @Test
    void aRestartTellsGuestsThatRunWhatTheLastWordLeftOpen() {
        host.guestEvents.frozen(instance.id());
        host.standStill.recover();
        host.standStill.recover();
        assertThat(host.guestEvents.of(instance.id()))
                .extracting(GuestEvent::kind)
                .containsExactly(GuestEvent.Kind.FROZEN, GuestEvent.Kind.THAWED);
    }

    @Test
    void aGuestThatBootsHearsNothingOfTheFreezeItDidNotSurvive() {
        host.power.suspend(TestingHost.MEMBER, instance.id());
        awaitStatus(InstanceStatus.SUSPENDED);
        host.power.hardReboot(TestingHost.MEMBER, instance.id());
        awaitStatus(InstanceStatus.ACTIVE);
        host.standStill.recover();
        assertThat(host.guestEvents.of(instance.id())).isEmpty();
    }

    private void awaitClockSet() {
        await("the clock to be set")
                .untilAsserted(() -> assertThat(host.hypervisor.clocksSet()).containsExactly(instance.domain()));
    }

    private void awaitStatus(InstanceStatus status) {
        await(status.name())
                .until(() -> status() == status
                        && host.instances
                                .find(instance.id())
                                .orElseThrow()
                                .task()
                                .isEmpty());
    }

    private InstanceStatus status() {
        return host.instances.find(instance.id()).orElseThrow().status();
    }
}
