package org.tresccad.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.network.AddressInUse;

/** The stand-ins keep the promises of the ports that others' tests build on. */
class TestingHostTest {
    @TempDir
    private Path directory;

    private TestingHost host;

    @BeforeEach
    void open() {
        host = new TestingHost(directory);
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void anInstanceBootsStopsAndLeavesNothingWhenItIsDeleted() {
        Instance instance = host.boot("one");
        await("boot").until(() -> status(instance) == InstanceStatus.ACTIVE);
        assertThat(host.hypervisor.state(instance.domain())).contains(DomainState.RUNNING);
        assertThat(host.testingContents().holders(instance.spec().base())).containsExactly(instance.holder());

        host.delete.delete(TestingHost.MEMBER, instance.id());
        await("delete").until(() -> host.instances.find(instance.id()).isEmpty());
        await("sweep").until(() -> host.files.existing().isEmpty());
        assertThat(host.hypervisor.domains()).isEmpty();
        assertThat(host.network.ports()).isEmpty();
        assertThat(host.testingContents().holders(instance.spec().base())).isEmpty();
    }

    @Test
    void anInstanceCanBeDeletedWhileItIsBeingBuilt() {
        Instance instance = host.boot("early");
        host.delete.delete(TestingHost.MEMBER, instance.id());
        await("delete").until(() -> host.instances.find(instance.id()).isEmpty());
        await("sweep").until(() -> host.files.existing().isEmpty());
        assertThat(host.hypervisor.domains()).isEmpty();
        assertThat(host.network.ports()).isEmpty();
    }

    @Test
    void aBootThatTheHypervisorRefusesEndsInError() {
        host.hypervisor.refuseNext(TestingHypervisor.Operation.START);
        Instance instance = host.boot("two");
        await("failure").until(() -> status(instance) == InstanceStatus.ERROR);
        assertThat(host.instances.find(instance.id()).orElseThrow().fault()).isPresent();
    }

    @Test
    void aPortGoesAwayWithTheTransactionThatMadeIt() {
        assertThatThrownBy(() -> host.database.execute(transaction -> {
                    host.network.allocate(transaction, "x", "x", Optional.empty(), Optional.empty());
                    throw new IllegalStateException("rolled back");
                }))
                .hasMessage("rolled back");
        assertThat(host.network.ports()).isEmpty();
    }

    @Test
    void anAddressIsGivenOnce() {
        var first = host.database.transaction(
                transaction -> host.network.allocate(transaction, "x", "x", Optional.empty(), Optional.empty()));
        assertThat(host.network.isFree(first.address())).isFalse();
        assertThatThrownBy(() -> host.database.execute(transaction ->
                        host.network.allocate(transaction, "y", "y", Optional.of(first.mac()), Optional.empty())))
                .isInstanceOf(AddressInUse.class);
    }

    private InstanceStatus status(Instance instance) {
        return host.instances.find(instance.id()).orElseThrow().status();
    }
}
