package org.tresccad.hypervisor.libvirt;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How libvirt is used.
 *
 * @param uri libvirt's connection URI, {@code qemu:///system}
 * @param callTimeout after which callers give up on an ordinary call; longer than 20 s, in which a dead connection is
 *     noticed
 * @param memoryTimeout after which a freeze or a restore, which write and read all memory, is given up
 * @param virtType {@code auto}, {@code kvm} or {@code qemu}
 * @param cpu {@code portable}, {@code host-baseline} or a model that libvirt names
 * @param machine a versioned machine type for new instances; empty for the newest that QEMU has
 * @param kvmProbeCache file in which the answer to "does KVM work here" is kept until the next boot
 */
public record LibvirtSettings(
        String uri,
        Duration callTimeout,
        Duration memoryTimeout,
        String virtType,
        String cpu,
        Optional<String> machine,
        Path kvmProbeCache) {
    /** Checks the words. */
    public LibvirtSettings {
        if (!virtType.matches("auto|kvm|qemu")) {
            throw new IllegalArgumentException("virt_type is auto, kvm or qemu, not " + virtType);
        }
        requireTimeouts(callTimeout, memoryTimeout);
        machine.ifPresent(LibvirtSettings::requireMachine);
    }

    /**
     * Checks a machine type.
     *
     * @throws IllegalArgumentException when it is not one that guests are made on
     */
    public static String requireMachine(String machine) {
        if (!machine.matches("pc-i440fx-[0-9]{1,3}\\.[0-9]{1,3}")) {
            throw new IllegalArgumentException("\"" + machine
                    + "\" is not a versioned machine type such as pc-i440fx-7.2; guests are made on no other family,"
                    + " and an alias means something else on every host");
        }
        return machine;
    }

    /**
     * Checks the time for an ordinary call against that for one which writes or reads all memory.
     *
     * @throws IllegalArgumentException when {@code call} is longer, or none at all
     */
    public static void requireTimeouts(Duration call, Duration memory) {
        if (call.isNegative() || call.isZero() || memory.compareTo(call) < 0) {
            throw new IllegalArgumentException("the time for an ordinary call is more than 0 and at most the "
                    + memory.toSeconds() + " s that a freeze may take, not " + call.toSeconds() + " s");
        }
    }

    /** The defaults; state in {@code stateDirectory}. */
    public static LibvirtSettings defaults(Path stateDirectory) {
        return new LibvirtSettings(
                "qemu:///system",
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                "auto",
                "portable",
                Optional.empty(),
                stateDirectory.resolve("kvm-probe"));
    }
}
