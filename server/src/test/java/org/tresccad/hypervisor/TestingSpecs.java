package org.tresccad.hypervisor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.tresccad.hypervisor.SavedHardware.Controller;
import org.tresccad.hypervisor.SavedHardware.PciAddress;
import org.tresccad.network.MacAddress;

/** Domains as tests need them. */
public final class TestingSpecs {
    private TestingSpecs() {}

    /** A guest with one disk, one card and a kernel of its own. */
    public static DomainSpec guest(String title, Optional<SavedHardware> hardware) {
        return new DomainSpec(
                new DomainName("tresccad-0a1b"),
                UUID.fromString("6a7a5d0e-6a0c-4d0a-9d6c-0a1b2c3d4e5f"),
                title,
                new Platform(
                        VirtType.QEMU,
                        "x86_64",
                        "pc-i440fx-7.2",
                        new CpuModel("qemu64", Set.of("cx16"), Set.of("svm"))),
                2,
                512,
                Optional.of(new DomainSpec.DirectBoot(
                        Path.of("/images/kernel"), Optional.of(Path.of("/images/initrd")), "console=ttyS0 x=\"<&>'\"")),
                List.of(new DomainSpec.Disk("vda", Path.of("/instances/1/disk"))),
                List.of(new DomainSpec.Nic(new MacAddress("52:54:00:12:34:56"), "tresccad0", "tap1", 1450)),
                Path.of("/instances/1/console.log"),
                hardware);
    }

    /** The layout libvirt 9.0 gave to such a guest. */
    public static SavedHardware hardware() {
        return new SavedHardware(
                List.of(
                        new Controller("usb", 0, Optional.of("none"), Optional.empty()),
                        new Controller("virtio-serial", 0, Optional.empty(), Optional.of(new PciAddress(0, 0, 3, 0))),
                        new Controller("pci", 0, Optional.of("pci-root"), Optional.empty())),
                Map.of(
                        "disk:vda", new PciAddress(0, 0, 4, 0),
                        "nic:0", new PciAddress(0, 0, 2, 0),
                        "memballoon", new PciAddress(0, 0, 5, 0),
                        "rng", new PciAddress(0, 0, 6, 0)),
                Optional.of(new CpuModel("qemu64", Set.of("hypervisor", "lahf_lm"), Set.of("svm"))));
    }
}
