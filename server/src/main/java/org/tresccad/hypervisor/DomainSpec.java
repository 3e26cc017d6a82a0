package org.tresccad.hypervisor;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.network.MacAddress;

/**
 * Everything a domain's XML is made from. Nothing else ever gets into it.
 *
 * @param title the instance's name, for people who look at libvirt
 * @param memoryMib in MiB
 * @param boot kernel given directly; without it the firmware boots from the first disk
 * @param consoleLog the file the serial console is written to
 * @param hardware the devices' layout as it was when memory was saved; required to resume from memory
 */
public record DomainSpec(
        DomainName name,
        UUID uuid,
        String title,
        Platform platform,
        int vcpus,
        int memoryMib,
        Optional<DirectBoot> boot,
        List<Disk> disks,
        List<Nic> nics,
        Path consoleLog,
        Optional<SavedHardware> hardware) {
    /** Copies and checks. */
    public DomainSpec {
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
        if (vcpus < 1 || memoryMib < 1) {
            throw new IllegalArgumentException("a domain needs a CPU and memory");
        }
    }

    /** A kernel loaded by QEMU itself. */
    public record DirectBoot(Path kernel, Optional<Path> ramdisk, String commandLine) {}

    /**
     * A qcow2 disk on virtio.
     *
     * @param target libvirt's target name, {@code vda}
     * @param path the overlay
     */
    public record Disk(String target, Path path) {}

    /** A virtio network card. */
    public record Nic(MacAddress mac, String bridge, String tap, int mtu) {}
}
