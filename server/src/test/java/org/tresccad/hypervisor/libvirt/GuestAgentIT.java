package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.hypervisor.FrozenDomain;
import org.tresccad.hypervisor.HypervisorRefused;

/** QEMU's guest agent, and what a guest may put in its place; see {@link ItHost} for where it runs. */
@Timeout(180)
final class GuestAgentIT {
    private static final Duration BOOT = Duration.ofSeconds(90);

    @TempDir
    static Path directory;

    private static ItHost host;
    private static LibvirtHypervisor hypervisor;

    @BeforeAll
    static void connect() {
        host = new ItHost(directory);
        hypervisor = host.open(Duration.ofSeconds(20));
    }

    @AfterEach
    void destroyAll() {
        hypervisor.domains().forEach(hypervisor::destroy);
    }

    @AfterAll
    static void close() {
        hypervisor.close();
    }

    @Test
    void aGuestWithAnAgentTakesTheTimeAlsoAfterItWasRestored() {
        DomainSpec spec = host.newGuestWithAgent("true");
        hypervisor.start(spec);
        await("the agent").atMost(BOOT).until(() -> hypervisor.setClock(spec.name()));
        Path memory = host.memoryFile();
        FrozenDomain frozen = hypervisor.freeze(spec.name(), memory, stopped -> {});
        hypervisor.destroy(spec.name());
        DomainSpec restored = host.elsewhere(spec, frozen.hardware());
        hypervisor.restorePaused(restored, memory);
        hypervisor.resume(restored.name());
        await("the agent, whose port is another")
                .atMost(Duration.ofSeconds(20))
                .until(() -> hypervisor.setClock(restored.name()));
    }

    @Test
    void aGuestWithoutAnAgentSaysNothing() {
        DomainSpec spec = host.newGuest("no agent");
        hypervisor.start(spec);
        ItHost.awaitTicks(spec, 1);
        assertThat(hypervisor.setClock(spec.name())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"liar", "mute"})
    void whatOnlyLooksLikeAnAgentIsRefusedInTimeAndHoldsNothingUp(String qga) {
        DomainSpec spec = host.newGuestWithAgent(qga);
        hypervisor.start(spec);
        await("the port to be opened").atMost(BOOT).until(() -> ItHost.console(spec)
                .contains("at the agent's port"));
        await("libvirt to know").until(() -> ItHost.run(
                        "virsh", "-c", "qemu:///system", "dumpxml", spec.name().value())
                .contains("state='connected'"));
        long begun = System.nanoTime();
        CompletableFuture<Boolean> asked = CompletableFuture.supplyAsync(() -> hypervisor.setClock(spec.name()));
        hypervisor.pause(spec.name());
        assertThat(hypervisor.state(spec.name())).contains(DomainState.PAUSED);
        hypervisor.resume(spec.name());
        assertThat(hypervisor.state(spec.name())).contains(DomainState.RUNNING);
        assertThatThrownBy(asked::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(HypervisorRefused.class)
                .hasNoCause();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
        long ticks = ItHost.ticks(spec);
        await("the guest to count on").until(() -> ItHost.ticks(spec) > ticks);
    }
}
