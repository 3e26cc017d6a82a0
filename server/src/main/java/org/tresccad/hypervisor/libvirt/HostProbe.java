package org.tresccad.hypervisor.libvirt;

import java.util.Set;
import org.libvirt.LibvirtException;
import org.libvirt.NodeInfo;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.HostCapabilities;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.hypervisor.Platform;
import org.tresccad.hypervisor.VirtType;

/** Measures what this host can run, and what new instances are pinned to by the configuration. */
final class HostProbe {
    /**
     * The portable CPU under TCG, which emulates it anywhere; without {@code svm}, for nested virtualization would go
     * nowhere.
     */
    private static final CpuModel PORTABLE_QEMU = new CpuModel("qemu64", Set.of(), Set.of("svm"));

    /** The portable CPU under KVM: x86-64-v2, which every server CPU since about 2010 has, of either maker. */
    private static final CpuModel PORTABLE_KVM = new CpuModel(
            "qemu64", Set.of("cx16", "lahf_lm", "pni", "popcnt", "sse4.1", "sse4.2", "ssse3"), Set.of("svm"));

    private final LibvirtSettings settings;
    private final KvmProbe kvm;

    HostProbe(LibvirtSettings settings, KvmProbe kvm) {
        this.settings = settings;
        this.kvm = kvm;
    }

    /** What was found. */
    record Host(HostCapabilities capabilities, Platform newPlatform) {}

    /**
     * Asks libvirt, and where it matters the CPU.
     *
     * @throws HypervisorRefused when the host cannot do what the configuration says
     */
    Host probe(LiveConnect connect) throws LibvirtException, LibvirtFailure {
        CapabilitiesXml.Emulator emulator = CapabilitiesXml.emulator(connect.getCapabilities())
                .orElseThrow(() -> new HypervisorRefused(
                        "libvirt on this host has no QEMU for x86_64 guests; install qemu-system-x86"));
        String qemuVersion = version(connect.getVersion());
        VirtType virtType = virtType(emulator, qemuVersion);
        String machine = machine(emulator);
        String domainCapabilities =
                connect.domainCapabilities(CapabilitiesXml.ARCHITECTURE, machine, virtType.libvirtName());
        Set<String> models = CapabilitiesXml.usableModels(domainCapabilities);
        NodeInfo node = connect.nodeInfo();
        HostCapabilities capabilities = new HostCapabilities(
                virtType,
                CapabilitiesXml.ARCHITECTURE,
                emulator.machines(),
                models,
                CapabilitiesXml.hostCpu(domainCapabilities),
                qemuVersion,
                version(connect.getLibVersion()),
                node.memory / 1024,
                node.cpus);
        CpuModel cpu = cpu(virtType, models, domainCapabilities);
        return new Host(capabilities, new Platform(virtType, CapabilitiesXml.ARCHITECTURE, machine, cpu));
    }

    private VirtType virtType(CapabilitiesXml.Emulator emulator, String qemuVersion) {
        if (settings.virtType().equals("qemu")) {
            return VirtType.QEMU;
        }
        if (emulator.offersKvm() && kvm.works(emulator.emulator(), qemuVersion)) {
            return VirtType.KVM;
        }
        if (settings.virtType().equals("kvm")) {
            throw new HypervisorRefused("virt_type is kvm, but KVM does not work on this host; set it to auto or qemu");
        }
        return VirtType.QEMU;
    }

    private String machine(CapabilitiesXml.Emulator emulator) {
        String machine = settings.machine()
                .or(emulator::newestMachine)
                .orElseThrow(() -> new HypervisorRefused("QEMU on this host has no machine type pc-i440fx"));
        if (!emulator.machines().contains(machine)) {
            throw new HypervisorRefused("QEMU on this host has no machine type " + machine);
        }
        return machine;
    }

    private CpuModel cpu(VirtType virtType, Set<String> models, String domainCapabilities) {
        return switch (settings.cpu()) {
            case "portable" -> virtType == VirtType.KVM ? PORTABLE_KVM : PORTABLE_QEMU;
            case "host-baseline" ->
                CapabilitiesXml.hostModel(domainCapabilities)
                        .orElseThrow(() -> new HypervisorRefused(
                                "cpu is host-baseline, but libvirt has no model for this host's CPU"));
            default -> {
                if (!models.contains(settings.cpu())) {
                    throw new HypervisorRefused("cpu is " + settings.cpu() + ", which this host cannot run; usable are "
                            + String.join(", ", models));
                }
                yield CpuModel.of(settings.cpu());
            }
        };
    }

    /** libvirt's packed number, {@code major * 1000000 + minor * 1000 + release}. */
    private static String version(long packed) {
        return packed / 1_000_000 + "." + packed / 1000 % 1000 + "." + packed % 1000;
    }
}
