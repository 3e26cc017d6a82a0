package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.HostCapabilities;
import org.tresccad.hypervisor.HostCpu;
import org.tresccad.hypervisor.VirtType;

/** What a host can run, as a real libvirtd says; see {@link ItHost} for where it runs. */
@Timeout(180)
final class HostCapabilitiesIT {
    @TempDir
    static Path directory;

    private static LibvirtHypervisor hypervisor;

    @BeforeAll
    static void connect() {
        hypervisor = new ItHost(directory).open(Duration.ofMinutes(1));
    }

    @AfterAll
    static void close() {
        hypervisor.close();
    }

    @Test
    void saysWhatTheHostCanRun() {
        HostCapabilities capabilities = hypervisor.capabilities();
        assertThat(capabilities.virtType()).isEqualTo(VirtType.QEMU);
        assertThat(capabilities.machines()).contains("pc-i440fx-7.2").doesNotContain("pc");
        assertThat(capabilities.cpuModels()).contains("qemu64");
        assertThat(capabilities.qemuVersion()).matches("[0-9]+\\.[0-9]+\\.[0-9]+");
        assertThat(capabilities.libvirtVersion()).matches("[0-9]+\\.[0-9]+\\.[0-9]+");
        assertThat(capabilities.memoryMib()).isGreaterThan(500);
        assertThat(hypervisor.newPlatform().machine()).isIn(capabilities.machines());
    }

    @Test
    void comparesACpuFeatureByFeature() {
        assertThat(hypervisor.lacks(hypervisor.newPlatform().cpu())).isEmpty();
        for (String model : hypervisor.capabilities().cpuModels()) {
            assertThat(hypervisor.lacks(CpuModel.of(model))).as(model).isEmpty();
        }
        assertThat(hypervisor.lacks(new CpuModel("qemu64", Set.of("popcnt"), Set.of("svm"))))
                .isEmpty();
        // No QEMU emulates these.
        assertThat(hypervisor.lacks(new CpuModel("qemu64", Set.of("avx512f", "popcnt"), Set.of("svm"))))
                .hasValueSatisfying(lacking -> assertThat(lacking).isEqualTo("avx512f"));
        assertThat(hypervisor.lacks(CpuModel.of("Skylake-Server")))
                .hasValueSatisfying(lacking -> assertThat(lacking).contains("avx512f"));
        assertThat(hypervisor.lacks(new CpuModel("qemu64", Set.of("no-such-feature"), Set.of())))
                .isPresent();
        assertThat(hypervisor.lacks(CpuModel.of("no-such-model"))).isPresent();
    }

    @Test
    void findsTheLargestCpuInCommon() {
        HostCpu host = hypervisor.capabilities().cpu().orElseThrow();
        CpuModel ours = host.model();
        assertThat(hypervisor.lacks(ours)).isEmpty();
        assertThat(hypervisor.baseline(Set.of(host))).contains(ours);

        Set<String> without = new HashSet<>(ours.disabled());
        without.add("popcnt");
        HostCpu smaller = new HostCpu(host.vendor(), new CpuModel(ours.name(), ours.required(), without));
        CpuModel common = hypervisor.baseline(Set.of(host, smaller)).orElseThrow();
        assertThat(common.required()).doesNotContain("popcnt");
        assertThat(hypervisor.lacks(common)).isEmpty();
        assertThat(hypervisor.baseline(Set.of(smaller)))
                .as("nothing of this host's own is in it")
                .isEqualTo(Optional.of(common));

        HostCpu stranger = new HostCpu(host.vendor().equals("AMD") ? "Intel" : "AMD", CpuModel.of("qemu64"));
        assertThat(hypervisor.baseline(Set.of(host, stranger)))
                .as("of different makers")
                .isEmpty();
        assertThat(hypervisor.baseline(Set.of(host, new HostCpu(host.vendor(), CpuModel.of("no-such-model")))))
                .isEmpty();
    }
}
