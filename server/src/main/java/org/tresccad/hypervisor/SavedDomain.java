package org.tresccad.hypervisor;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.w3c.dom.Element;

/**
 * What the XML of a saved domain says of its guest, where nothing else does: packages of 2014 have no manifest. Read by
 * an allow-list like {@link SavedHardware}; paths and names of the host it came from are passed over.
 *
 * @param name libvirt's name of the domain
 * @param memoryMib in MiB, rounded up
 * @param hasKernel whether a kernel was given directly
 * @param hasRamdisk whether an initial ramdisk was
 * @param commandLine the kernel's, when there is one
 * @param nics in their order
 */
public record SavedDomain(
        String name,
        Platform platform,
        int vcpus,
        int memoryMib,
        boolean hasKernel,
        boolean hasRamdisk,
        Optional<String> commandLine,
        List<Nic> nics) {
    private static final int MOST_NICS = 8;
    /** 16 TiB, as in a package's manifest. */
    private static final int MOST_MEMORY_MIB = 1 << 24;

    /** Copies. */
    public SavedDomain {
        nics = List.copyOf(nics);
    }

    /**
     * A network card.
     *
     * @param address what its filter allowed it, when the XML says so
     */
    public record Nic(MacAddress mac, Optional<Ipv4> address) {}

    /**
     * What {@code xml} says.
     *
     * @throws org.tresccad.error.TresccadException (INVALID_CONTENT) when it is no plain, short domain XML, has no
     *     versioned machine type or no named CPU model, asks QEMU for something libvirt has no words for, or has
     *     something else where a number must be
     */
    public static SavedDomain read(String xml) {
        Element domain = HardwareXml.parse(xml);
        HardwareXml.requirePlainDomain(domain);
        Element os = required(domain, "os");
        Element type = required(os, "type");
        if (HardwareXml.one(os, "loader").isPresent()) {
            throw HardwareXml.invalid("its firmware is not the BIOS");
        }
        return HardwareXml.checked(() -> new SavedDomain(
                text(domain, "name").orElse(""),
                new Platform(
                        virtType(domain.getAttribute("type")),
                        type.getAttribute("arch"),
                        type.getAttribute("machine"),
                        HardwareXml.cpuModel(required(domain, "cpu"))),
                vcpus(domain),
                memoryMib(required(domain, "memory")),
                HardwareXml.one(os, "kernel").isPresent(),
                HardwareXml.one(os, "initrd").isPresent(),
                text(os, "cmdline"),
                nics(domain)));
    }

    private static VirtType virtType(String word) {
        return Stream.of(VirtType.values())
                .filter(type -> type.libvirtName().equals(word))
                .findFirst()
                .orElseThrow(() -> HardwareXml.invalid("it runs neither on kvm nor on qemu"));
    }

    private static int vcpus(Element domain) {
        Element vcpu = required(domain, "vcpu");
        if (vcpu.hasAttribute("current") && !vcpu.getAttribute("current").equals(content(vcpu))) {
            throw HardwareXml.invalid("not all of its CPUs are plugged in");
        }
        return Math.toIntExact(number(vcpu));
    }

    private static int memoryMib(Element memory) {
        long amount = number(memory);
        long bytes =
                switch (memory.getAttribute("unit").toLowerCase(Locale.ROOT)) {
                    case "", "k", "kib" -> amount << 10;
                    case "b", "bytes" -> amount;
                    case "m", "mib" -> amount << 20;
                    case "g", "gib" -> amount << 30;
                    default -> throw HardwareXml.invalid("its memory has a unit that is not known here");
                };
        long mib = (bytes + (1 << 20) - 1) >> 20;
        if (mib > MOST_MEMORY_MIB) {
            throw HardwareXml.invalid("it has more memory than a guest can have");
        }
        return (int) mib;
    }

    private static List<Nic> nics(Element domain) {
        List<Element> interfaces = HardwareXml.one(domain, "devices").stream()
                .flatMap(devices -> SecureXml.children(devices, "interface").stream())
                .toList();
        if (interfaces.size() > MOST_NICS) {
            throw HardwareXml.invalid("it has more than " + MOST_NICS + " network cards");
        }
        return interfaces.stream()
                .map(nic -> new Nic(new MacAddress(required(nic, "mac").getAttribute("address")), address(nic)))
                .toList();
    }

    private static Optional<Ipv4> address(Element nic) {
        return HardwareXml.one(nic, "filterref").stream()
                .flatMap(filter -> SecureXml.children(filter, "parameter").stream())
                .filter(parameter -> parameter.getAttribute("name").equals("IP"))
                .map(parameter -> Ipv4.parse(parameter.getAttribute("value")))
                .findFirst();
    }

    /** At most nine digits, so that no unit can make it overflow. */
    private static long number(Element element) {
        String text = content(element);
        if (!text.matches("[0-9]{1,9}")) {
            throw HardwareXml.invalid("it has something else where a number must be");
        }
        return Long.parseLong(text);
    }

    private static Element required(Element parent, String name) {
        return HardwareXml.one(parent, name).orElseThrow(() -> HardwareXml.invalid("it has no " + name));
    }

    private static Optional<String> text(Element parent, String name) {
        return HardwareXml.one(parent, name).map(SavedDomain::content);
    }

    private static String content(Element element) {
        return element.getTextContent().strip();
    }
}
