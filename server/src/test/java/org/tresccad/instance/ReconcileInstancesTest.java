package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.identity.Caller;
import org.tresccad.testing.Life;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHost;

/** A daemon that starts puts in order what its last life, or a power cut, has left. */
class ReconcileInstancesTest {
    private MortalHosts hosts;
    private MortalHost host;

    @BeforeEach
    void open() {
        hosts = new MortalHosts();
        host = hosts.a;
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aGuestThatRanThroughTheRestartIsLeftAlone() {
        Instance guest = hosts.boot(host);
        host.end(false);
        host.revive().recover();
        hosts.assertOneRuns("the restart", guest);
    }

    @Test
    void aGuestThatThePowerCutEndedIsOffAndKeepsItsDisk() {
        Instance guest = hosts.boot(host);
        host.end(true);
        host.revive().recover();
        hosts.assertOneHas("the power cut", guest);
        assertThat(hosts.status(guest)).isEqualTo(InstanceStatus.SHUTOFF);
    }

    @Test
    void strayDomainsAndFilesAreRemovedAndTheRestIsNot() {
        Instance guest = hosts.boot(host);
        Instance gone = hosts.boot(host);
        DomainSpec spec = host.life().host.hypervisor.spec(gone.domain()).orElseThrow();
        host.life().host.database.execute(transaction -> host.life().host.delete.release(transaction, gone));
        host.end(false);
        host.revive().recover();
        assertThat(host.domains.domains()).containsExactly(guest.domain()).doesNotContain(spec.name());
        assertThat(host.life().host.files.existing()).containsExactly(guest.id());
        hosts.assertOneRuns("the restart", guest);
    }

    @Test
    void memoryThatIsOfNoUseAnyMoreIsRemoved() throws IOException {
        Instance guest = hosts.boot(host);
        InstanceFiles files = host.life().host.files;
        Files.writeString(files.memoryAhead(guest.id()), "on its way when the daemon ended");
        Files.writeString(files.memory(guest.id()), "used, and the daemon ended before it was deleted");
        files.spendMemory(guest.id());

        host.end(false);
        host.revive().recover();

        try (Stream<Path> left = Files.list(files.directory(guest.id()))) {
            assertThat(left.map(file -> String.valueOf(file.getFileName())))
                    .contains("disk")
                    .noneMatch(name -> name.startsWith("memory"));
        }
        hosts.assertOneRuns("the restart", guest);
    }

    @Test
    void aStrayDomainIsRemovedWithoutARestartToo() {
        Instance guest = hosts.boot(host);
        Life life = host.life();
        DomainSpec spec = life.host.hypervisor.spec(guest.domain()).orElseThrow();
        DomainName stray = new DomainName(DomainName.PREFIX + UUID.randomUUID());
        life.host.hypervisor.start(new DomainSpec(
                stray,
                UUID.randomUUID(),
                "stray",
                spec.platform(),
                spec.vcpus(),
                spec.memoryMib(),
                spec.boot(),
                List.of(spec.disks().get(0)),
                List.of(),
                spec.consoleLog(),
                Optional.empty()));
        life.keepHouse();
        assertThat(host.domains.domains()).containsExactly(guest.domain());
    }

    @Test
    void aBootCutOffIsAFailedInstance() {
        host.life().points.dieAt(2);
        MortalHosts.unlessItDies(() -> host.boot("early"));
        hosts.awaitDeathOr("the boot", () -> false);
        host.end(false);
        host.revive().recover();
        assertThat(host.life().host.instances.all()).hasSize(1).allSatisfy(instance -> {
            assertThat(instance.status()).isEqualTo(InstanceStatus.ERROR);
            assertThat(instance.fault().orElseThrow().message()).contains("restarted");
        });
        assertThat(hosts.watch.running()).isEmpty();
    }

    @Test
    void aSuspendCutOffAnywhereLosesNothing() {
        cutOffEverywhere(
                guest -> {},
                (life, id) -> life.host.power.suspend(TestingHost.MEMBER, id),
                InstanceStatus.SUSPENDED,
                false);
    }

    @Test
    void aSuspendCutOffByAPowerCutLosesNoMoreThanARunningGuestWould() {
        cutOffEverywhere(
                guest -> {},
                (life, id) -> life.host.power.suspend(TestingHost.MEMBER, id),
                InstanceStatus.SUSPENDED,
                true);
    }

    @Test
    void aResumeCutOffAnywhereLosesNothing() {
        cutOffEverywhere(
                this::suspend,
                (life, id) -> life.host.power.resume(TestingHost.MEMBER, id),
                InstanceStatus.ACTIVE,
                false);
    }

    @Test
    void aResumeCutOffByAPowerCutNeverGoesBackInTime() {
        cutOffEverywhere(
                this::suspend,
                (life, id) -> life.host.power.resume(TestingHost.MEMBER, id),
                InstanceStatus.ACTIVE,
                true);
    }

    private void suspend(Instance guest) {
        host.life().host.power.suspend(TestingHost.MEMBER, guest.id());
        MortalHosts.awaitThat("suspend", () -> isIdle(InstanceStatus.SUSPENDED));
    }

    private boolean isIdle(InstanceStatus status) {
        return host.life().host.instances.all().stream()
                .allMatch(i -> i.status() == status && i.task().isEmpty());
    }

    /** After each cut the guest is resumed or started, whatever it needs, and must run as if nothing had been. */
    private void cutOffEverywhere(
            Consumer<Instance> before,
            BiConsumer<Life, InstanceId> action,
            InstanceStatus done,
            boolean withPowerLoss) {
        boolean hasDied = true;
        for (int point = 0; hasDied; point++) {
            Instance guest = hosts.boot(host);
            before.accept(guest);
            Life life = host.life();
            life.points.dieAt(point);
            MortalHosts.unlessItDies(() -> action.accept(life, guest.id()));
            hosts.awaitDeathOr("point " + point, () -> isIdle(done));
            hasDied = life.points.isDead();
            String story = "dies at point " + point + " of " + life.points.passed();
            life.points.dieAt(Integer.MAX_VALUE);
            host.end(hasDied && withPowerLoss);
            host.revive().recover();
            hosts.awaitQuiet(story);
            hosts.assertOneHas(story, guest);
            if (!withPowerLoss) {
                assertThat(hosts.status(guest)).as(story).isIn(InstanceStatus.ACTIVE, InstanceStatus.SUSPENDED);
            }
            letRun(story, guest);
            hosts.forget(guest);
        }
    }

    private void letRun(String story, Instance guest) {
        Caller owner = TestingHost.MEMBER;
        switch (hosts.status(guest)) {
            case SUSPENDED -> host.life().host.power.resume(owner, guest.id());
            case SHUTOFF -> host.life().host.power.start(owner, guest.id());
            case ACTIVE, PAUSED, BUILD, REBOOT, HARD_REBOOT, ERROR -> {}
        }
        MortalHosts.awaitThat(story, () -> isIdle(InstanceStatus.ACTIVE));
        hosts.assertOneRuns(story, guest);
        assertThat(host.domains.state(guest.domain())).contains(DomainState.RUNNING);
    }
}
