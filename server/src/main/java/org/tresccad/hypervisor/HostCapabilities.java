package org.tresccad.hypervisor;

import java.util.Optional;
import java.util.Set;

/**
 * What this host can run.
 *
 * @param virtType the type new instances get
 * @param machines versioned machine types QEMU knows
 * @param cpuModels named models that are usable here
 * @param cpu empty when libvirt has no name for it
 * @param qemuVersion {@code 7.2.19}
 * @param libvirtVersion {@code 9.0.0}
 * @param memoryMib memory of the host, in MiB
 */
public record HostCapabilities(
        VirtType virtType,
        String architecture,
        Set<String> machines,
        Set<String> cpuModels,
        Optional<HostCpu> cpu,
        String qemuVersion,
        String libvirtVersion,
        long memoryMib,
        int cpus) {
    /** Copies. */
    public HostCapabilities {
        machines = Set.copyOf(machines);
        cpuModels = Set.copyOf(cpuModels);
    }
}
