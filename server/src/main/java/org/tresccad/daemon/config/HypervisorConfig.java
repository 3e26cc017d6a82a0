package org.tresccad.daemon.config;

import java.time.Duration;
import java.util.Optional;
import org.tresccad.hypervisor.VirtType;
import org.tresccad.hypervisor.libvirt.LibvirtSettings;

/**
 * libvirt and what new instances get.
 *
 * @param uri libvirt's connection URI
 * @param virtType empty: KVM where it truly works, QEMU's emulation elsewhere
 * @param cpu how the CPU model of new instances is chosen
 * @param machine a versioned machine type; empty: the newest one that is known to move well
 * @param acceptsNewerQemu whether memory that a newer release of QEMU wrote is tried
 * @param timeout longest wait for one ordinary call; at most {@link #MEMORY_TIMEOUT}
 */
public record HypervisorConfig(
        String uri,
        Optional<VirtType> virtType,
        CpuChoice cpu,
        Optional<String> machine,
        boolean acceptsNewerQemu,
        Duration timeout) {
    /** Longest wait for a freeze or a restore, which write and read all memory. */
    public static final Duration MEMORY_TIMEOUT = Duration.ofMinutes(30);

    /** {@code portable}, {@code host-baseline}, {@code destinations-baseline}, or a model by name; never the host's own CPU as it is. */
    public record CpuChoice(Kind kind, Optional<String> model) {
        /** How a model is found. */
        public enum Kind {
            /** A small model that every host of the architecture of the last 15 years has. */
            PORTABLE,
            /** The largest named model this host can run. */
            HOST_BASELINE,
            /** The largest that this host and all destinations can run. */
            DESTINATIONS_BASELINE,
            /** The one in {@link CpuChoice#model}. */
            NAMED
        }

        static CpuChoice parse(String text) {
            return switch (text) {
                case "portable" -> new CpuChoice(Kind.PORTABLE, Optional.empty());
                case "host-baseline" -> new CpuChoice(Kind.HOST_BASELINE, Optional.empty());
                case "destinations-baseline" -> new CpuChoice(Kind.DESTINATIONS_BASELINE, Optional.empty());
                case "host-passthrough", "host-model", "max" ->
                    throw new IllegalArgumentException(
                            "what runs on \"" + text + "\" cannot move; use portable, host-baseline,"
                                    + " destinations-baseline or a named model");
                default -> new CpuChoice(Kind.NAMED, Optional.of(Values.name(text)));
            };
        }
    }

    private enum VirtTypeChoice {
        AUTO,
        KVM,
        QEMU
    }

    static HypervisorConfig read(ConfigReader in) {
        return new HypervisorConfig(
                in.value("uri", "qemu:///system", Values::notEmpty),
                virtType(in.choice("virt_type", VirtTypeChoice.AUTO)),
                in.value("cpu", "portable", CpuChoice::parse),
                in.value("machine", "auto", HypervisorConfig::machine),
                in.value("accept_newer_qemu", "false", Values::yesOrNo),
                in.value("timeout", "60s", HypervisorConfig::timeout));
    }

    private static Optional<VirtType> virtType(VirtTypeChoice choice) {
        return switch (choice) {
            case AUTO -> Optional.empty();
            case KVM -> Optional.of(VirtType.KVM);
            case QEMU -> Optional.of(VirtType.QEMU);
        };
    }

    private static Optional<String> machine(String text) {
        return text.equals("auto") ? Optional.empty() : Optional.of(LibvirtSettings.requireMachine(text));
    }

    private static Duration timeout(String text) {
        Duration timeout = Values.duration(text);
        LibvirtSettings.requireTimeouts(timeout, MEMORY_TIMEOUT);
        return timeout;
    }
}
