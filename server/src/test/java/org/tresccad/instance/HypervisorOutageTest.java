package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.testing.TestingHost;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.PackageSummary;

/** What the hypervisor's absence interrupts ends well when it is back, without a restart of the daemon. */
final class HypervisorOutageTest {
    @TempDir
    private Path directory;

    private TestingHost host;
    private FreezeInstance freezing;
    private ReconcileInstances reconcile;

    @BeforeEach
    void open() {
        host = new TestingHost(directory);
        freezing = new FreezeInstance(
                host.database,
                host.instances,
                host.register,
                host.hypervisor,
                host.specs,
                host.files,
                host.actions,
                host.quarantine,
                host.reclaims,
                host.locks,
                host.standStill,
                host.jobs,
                host.clock);
        reconcile = new ReconcileInstances(
                host.instances, host.actions, host.delete, host.hypervisor, host.files, host.contents, host.locks);
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void anActionThatCouldNotEndIsSettledByWhatTheHypervisorSaysLater() {
        Instance instance = running("one");
        host.hypervisor.setAway(true);

        assertThatThrownBy(() -> host.power.pause(TestingHost.MEMBER, instance.id()))
                .isInstanceOf(HypervisorUnavailable.class);
        assertThatThrownBy(reconcile::catchUp).isInstanceOf(HypervisorUnavailable.class);
        assertThat(current(instance).task()).contains(TaskState.PAUSING);
        host.hypervisor.setAway(false);
        reconcile.catchUp();

        assertThat(current(instance).task()).isEmpty();
        assertThat(current(instance).status()).isEqualTo(InstanceStatus.ACTIVE);
        host.power.pause(TestingHost.MEMBER, instance.id());
        assertThat(current(instance).status()).isEqualTo(InstanceStatus.PAUSED);
    }

    @Test
    void anInstanceThatCannotBootIsInErrorAtOnce() {
        host.hypervisor.setAway(true);

        Instance instance = host.boot("one");

        await("the end of the boot").until(() -> current(instance).status() == InstanceStatus.ERROR);
        assertThat(current(instance).task()).isEmpty();
        assertThat(current(instance).fault().orElseThrow().message()).contains("taken the hypervisor away");
    }

    @Test
    void aSaveThatNothingWorksOnAnyMoreIsTakenBack() {
        Instance instance = running("one");
        Instance marked = freezing.open(
                instance.id(), TaskState.SAVING, instance.epoch().next(), UUID.randomUUID(), transaction -> {});
        freeze(marked);
        try (InstanceLocks.Held lock = host.locks.take(instance.id())) {
            assertThat(lock).isNotNull();
            freezing.retry();
            assertThat(current(instance).task()).as("while its save goes on").contains(TaskState.SAVING);
        }

        freezing.retry();

        assertThat(current(instance).task()).isEmpty();
        assertThat(current(instance).epoch()).isEqualTo(instance.epoch().next());
        assertThat(host.hypervisor.state(instance.domain())).contains(DomainState.RUNNING);
    }

    @Test
    void aGuestWhoseInstanceWasDeletedMeanwhileEnds() {
        Instance instance = running("one");
        host.hypervisor.setAway(true);
        host.delete.delete(TestingHost.MEMBER, instance.id());
        await("the end of the row")
                .until(() -> host.instances.find(instance.id()).isEmpty());
        host.hypervisor.setAway(false);
        assertThat(host.hypervisor.state(instance.domain())).isPresent();

        await("the lock of the delete").untilAsserted(() -> {
            reconcile.catchUp();
            assertThat(host.hypervisor.domains()).isEmpty();
            assertThat(host.files.existing()).isEmpty();
        });
    }

    @Test
    void anAddressIsFreeWhenItsGuestHasLeftThoughTheDomainCannotBeRemovedYet() {
        Instance left = running("one");
        host.database.execute(transaction -> host.delete.forget(transaction, left));
        host.hypervisor.setAway(true);
        int applied = host.network.timesApplied();

        host.delete.keep(
                left,
                left.epoch().next(),
                new PackageSummary(Map.of(Member.DISK, new PackageSummary.Content(1, 1, "ab".repeat(32))), 1));
        assertThatThrownBy(() -> host.delete.sweep(left)).isInstanceOf(HypervisorUnavailable.class);

        assertThat(host.network.timesApplied()).isGreaterThan(applied);
        host.hypervisor.setAway(false);
        reconcile.catchUp();
        assertThat(host.hypervisor.domains()).isEmpty();
        assertThat(host.files.existing()).isEmpty();
    }

    @Test
    void aFreezeThatWasTakenBackIsThawed() {
        Instance instance = running("one");
        Instance marked = freezing.open(
                instance.id(), TaskState.MIGRATING, instance.epoch().next(), UUID.randomUUID(), transaction -> {});
        freeze(marked);
        host.hypervisor.setAway(true);
        freezing.withdraw(marked, transaction -> {});
        host.hypervisor.setAway(false);
        assertThat(host.hypervisor.state(instance.domain())).contains(DomainState.PAUSED);

        freezing.retry();

        assertThat(host.hypervisor.state(instance.domain())).contains(DomainState.RUNNING);
        assertThat(current(instance).task()).isEmpty();
        assertThat(current(instance).epoch()).isEqualTo(instance.epoch().next());
        assertThat(host.files.hasMemory(instance.id())).isFalse();
    }

    private void freeze(Instance marked) {
        Freeze freeze = freezing.prepare(marked);
        freezing.begin(marked, freeze);
        freeze.awaitWritten();
    }

    @Test
    void aFreezeThatIsUndecidedStaysFrozen() {
        Instance instance = running("one");
        freeze(freezing.open(
                instance.id(), TaskState.MIGRATING, instance.epoch().next(), UUID.randomUUID(), transaction -> {}));

        reconcile.catchUp();

        assertThat(host.hypervisor.state(instance.domain())).contains(DomainState.PAUSED);
        assertThat(current(instance).task()).contains(TaskState.MIGRATING);
    }

    @Test
    void anActionThatIsBeingDoneIsLeftAlone() throws Exception {
        Instance instance = running("one");
        try (InstanceLocks.Held lock = host.locks.take(instance.id())) {
            assertThat(lock).isNotNull();
            host.actions.mark(instance.id(), Set.of(InstanceStatus.ACTIVE), TaskState.PAUSING, Optional.empty());

            reconcile.catchUp();

            assertThat(current(instance).task()).contains(TaskState.PAUSING);
        }
    }

    private Instance running(String name) {
        Instance instance = host.boot(name);
        await("the boot").until(() -> current(instance).status() == InstanceStatus.ACTIVE);
        await("the lock of the boot").ignoreExceptions().until(() -> {
            host.locks.take(instance.id()).close();
            return true;
        });
        return current(instance);
    }

    private Instance current(Instance instance) {
        return host.instances.find(instance.id()).orElseThrow();
    }
}
