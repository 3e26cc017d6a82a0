package org.tresccad.hypervisor;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.tresccad.hypervisor.SavedHardware.Controller;
import org.tresccad.hypervisor.SavedHardware.Part;
import org.tresccad.hypervisor.SavedHardware.PciAddress;

/**
 * libvirt's domain XML: written from our own template, and read only for the guest-visible layout. The same spec always
 * gives the same text.
 *
 * <p>What the template makes visible to a guest must not change while packages of it exist; {@link #LAYOUT} counts such
 * changes.
 *
 * @see <a href="https://libvirt.org/formatdomain.html">libvirt: Domain XML format</a>
 */
public final class DomainXml {
    /** Namespace of the element by which our domains are recognized. */
    public static final String NAMESPACE = "https://tresccad.org/domain/1.0";

    /** The element's name. */
    public static final String ELEMENT = "domain";

    /** The version of what the template makes visible to a guest. */
    public static final int LAYOUT = 1;

    private DomainXml() {}

    /**
     * The XML of a domain. Without {@link DomainSpec#hardware} libvirt chooses the devices' addresses; with it, all of
     * them are pinned.
     *
     * @throws IllegalArgumentException when the machine type is not one the template fits, or the hardware lacks a
     *     device of the spec
     */
    public static String render(DomainSpec spec) {
        Platform platform = spec.platform();
        if (!platform.architecture().equals("x86_64") || !platform.machine().startsWith("pc-i440fx-")) {
            throw new IllegalArgumentException("no template for " + platform.architecture() + " " + platform.machine());
        }
        XmlText xml = new XmlText();
        xml.open("domain", "type", platform.virtType().libvirtName());
        xml.text("name", spec.name().value());
        xml.text("uuid", spec.uuid().toString());
        if (has(spec, Part.GENERATION_ID, true)) {
            // libvirt makes a new value at each start and restore: the guest learns that it was resumed.
            xml.empty("genid");
        }
        // libvirt refuses titles of more than one line.
        xml.text("title", spec.title().replaceAll("[\\r\\n]+", " "));
        xml.open("metadata");
        metadata(xml);
        xml.close();
        xml.text("memory", Integer.toString(spec.memoryMib()), "unit", "MiB");
        xml.text("currentMemory", Integer.toString(spec.memoryMib()), "unit", "MiB");
        xml.text("vcpu", Integer.toString(spec.vcpus()), "placement", "static");
        system(xml, spec);
        cpu(xml, spec);
        clock(xml, has(spec, Part.HPET, false));
        xml.text("on_poweroff", "destroy");
        xml.text("on_reboot", "restart");
        xml.text("on_crash", "destroy");
        xml.open("devices");
        controllers(xml, spec);
        for (DomainSpec.Disk disk : spec.disks()) {
            disk(xml, disk, address(spec, SavedHardware.diskRole(disk.target())));
        }
        for (int i = 0; i < spec.nics().size(); i++) {
            nic(xml, spec.nics().get(i), address(spec, SavedHardware.nicRole(i)));
        }
        console(xml, spec);
        // Guests of before had no such port, and memory with other ports than were saved is not loaded.
        if (spec.hardware().filter(SavedHardware::isWithoutAgentPort).isEmpty()) {
            agentChannel(xml);
        }
        xml.open("video").empty("model", "type", "none").close();
        device(xml.open("memballoon", "model", "virtio"), address(spec, "memballoon"));
        if (spec.hardware()
                .map(SavedHardware::devices)
                .filter(d -> !d.containsKey("rng"))
                .isEmpty()) {
            xml.open("rng", "model", "virtio").text("backend", "/dev/urandom", "model", "random");
            device(xml, address(spec, "rng"));
        }
        xml.close();
        return xml.close().toString();
    }

    /**
     * Our element in a domain's metadata.
     *
     * @param frozenWhileRunning whether {@link Hypervisor#freeze} stopped the CPUs, not the guest's user
     */
    public static String metadataElement(boolean frozenWhileRunning) {
        XmlText xml = new XmlText();
        if (frozenWhileRunning) {
            return xml.empty(ELEMENT, "layout", Integer.toString(LAYOUT), "frozen", "running")
                    .toString();
        }
        return xml.empty(ELEMENT, "layout", Integer.toString(LAYOUT)).toString();
    }

    /**
     * The XML of the one network card of {@link #render}, to be plugged into the running domain.
     *
     * @throws IllegalArgumentException as there, and when there is not exactly one card
     */
    public static String renderNic(DomainSpec spec) {
        if (spec.nics().size() != 1) {
            throw new IllegalArgumentException(
                    "not one network card, but " + spec.nics().size());
        }
        XmlText xml = new XmlText();
        nic(xml, spec.nics().get(0), address(spec, SavedHardware.nicRole(0)));
        return xml.toString();
    }

    /** As {@link HardwareXml#read}. */
    public static SavedHardware readHardware(String xml) {
        return HardwareXml.read(xml);
    }

    private static void metadata(XmlText xml) {
        xml.empty("tresccad:" + ELEMENT, "xmlns:tresccad", NAMESPACE, "layout", Integer.toString(LAYOUT));
    }

    private static void system(XmlText xml, DomainSpec spec) {
        // cloud-init looks for this name before it asks 169.254.169.254 (DataSourceOpenStack, detect_openstack).
        xml.open("sysinfo", "type", "smbios").open("system");
        xml.text("entry", "OpenStack Foundation", "name", "manufacturer");
        xml.text("entry", "OpenStack Nova", "name", "product");
        xml.close().close();
        xml.open("os");
        Platform platform = spec.platform();
        xml.text("type", "hvm", "arch", platform.architecture(), "machine", platform.machine());
        spec.boot().ifPresent(boot -> {
            xml.text("kernel", boot.kernel().toString());
            boot.ramdisk().ifPresent(ramdisk -> xml.text("initrd", ramdisk.toString()));
            if (!boot.commandLine().isEmpty()) {
                xml.text("cmdline", boot.commandLine());
            }
        });
        xml.empty("boot", "dev", "hd").empty("smbios", "mode", "sysinfo").close();
        xml.open("features").empty("acpi").empty("apic");
        if (has(spec, Part.VMCOREINFO, false)) {
            xml.empty("vmcoreinfo", "state", "on");
        }
        xml.close();
    }

    private static boolean has(DomainSpec spec, Part part, boolean ofOurs) {
        return spec.hardware().map(hardware -> hardware.has(part)).orElse(ofOurs);
    }

    private static void cpu(XmlText xml, DomainSpec spec) {
        // At first the model is a wish, and libvirt sees to it that the host can grant it. Memory can be resumed only
        // on the CPU that QEMU really made then; so with saved hardware each feature is named, and checked in full.
        Optional<CpuModel> made = spec.hardware().flatMap(SavedHardware::cpu);
        CpuModel cpu = made.orElse(spec.platform().cpu());
        xml.open("cpu", "mode", "custom", "match", "exact", "check", made.isPresent() ? "full" : "partial");
        CpuXml.model(xml, cpu);
        String cores = Integer.toString(spec.vcpus());
        xml.empty("topology", "sockets", "1", "dies", "1", "cores", cores, "threads", "1");
        CpuXml.features(xml, cpu);
        xml.close();
    }

    private static void clock(XmlText xml, boolean hasHpet) {
        // The usual choice for KVM, good for TCG as well: a guest that missed ticks gets them for the RTC (Windows
        // counts them) and not for the PIT; HPET only costs wakeups.
        xml.open("clock", "offset", "utc");
        xml.empty("timer", "name", "rtc", "tickpolicy", "catchup");
        xml.empty("timer", "name", "pit", "tickpolicy", "delay");
        xml.empty("timer", "name", "hpet", "present", hasHpet ? "yes" : "no");
        xml.close();
    }

    private static void controllers(XmlText xml, DomainSpec spec) {
        List<Controller> controllers = spec.hardware()
                .map(SavedHardware::controllers)
                .orElse(List.of(
                        new Controller("usb", 0, Optional.of("none"), Optional.empty()),
                        new Controller("pci", 0, Optional.of("pci-root"), Optional.empty())));
        for (Controller controller : controllers) {
            xml.open("controller", attributes(controller));
            device(xml, controller.address());
        }
    }

    private static String[] attributes(Controller controller) {
        String index = Integer.toString(controller.index());
        return controller
                .model()
                .map(model -> new String[] {"type", controller.type(), "index", index, "model", model})
                .orElseGet(() -> new String[] {"type", controller.type(), "index", index});
    }

    private static void disk(XmlText xml, DomainSpec.Disk disk, Optional<PciAddress> address) {
        xml.open("disk", "type", "file", "device", "disk");
        // writeback: a guest's flush becomes fdatasync of the overlay, so what the guest synced is on the disk; it has
        // the order of a disk with a write cache, works on every file system (O_DIRECT does not on tmpfs), and whoever
        // reads the overlay after the freeze reads the same page cache.
        xml.empty("driver", "name", "qemu", "type", "qcow2", "cache", "writeback", "discard", "unmap");
        xml.empty("source", "file", disk.path().toString());
        xml.empty("target", "dev", disk.target(), "bus", "virtio");
        device(xml, address);
    }

    private static void nic(XmlText xml, DomainSpec.Nic nic, Optional<PciAddress> address) {
        xml.open("interface", "type", "bridge");
        xml.empty("mac", "address", nic.mac().value());
        xml.empty("source", "bridge", nic.bridge());
        xml.empty("target", "dev", nic.tap());
        xml.empty("model", "type", "virtio");
        xml.empty("mtu", "size", Integer.toString(nic.mtu()));
        device(xml, address);
    }

    private static void console(XmlText xml, DomainSpec spec) {
        xml.open("serial", "type", "pty");
        xml.empty("log", "file", spec.consoleLog().toString(), "append", "on");
        xml.open("target", "type", "isa-serial", "port", "0")
                .empty("model", "name", "isa-serial")
                .close();
        xml.close();
        xml.open("console", "type", "pty")
                .empty("target", "type", "serial", "port", "0")
                .close();
    }

    private static void agentChannel(XmlText xml) {
        // Without a path: libvirt makes one of its own on each host.
        xml.open("channel", "type", "unix");
        xml.empty("target", "type", "virtio", "name", "org.qemu.guest_agent.0");
        xml.empty("address", "type", "virtio-serial", "controller", "0", "bus", "0", "port", "1");
        xml.close();
    }

    private static Optional<PciAddress> address(DomainSpec spec, String role) {
        return spec.hardware().map(hardware -> {
            PciAddress address = hardware.devices().get(role);
            if (address == null) {
                throw new IllegalArgumentException("the saved hardware has no " + role);
            }
            return address;
        });
    }

    /** Ends a device's element, with its address when that is pinned. */
    private static void device(XmlText xml, Optional<PciAddress> address) {
        address.ifPresent(pci -> xml.empty(
                "address",
                "type",
                "pci",
                "domain",
                hex(pci.domain(), 4),
                "bus",
                hex(pci.bus(), 2),
                "slot",
                hex(pci.slot(), 2),
                "function",
                hex(pci.function(), 1)));
        xml.close();
    }

    private static String hex(int value, int digits) {
        return String.format(Locale.ROOT, "0x%0" + digits + "x", value);
    }
}
