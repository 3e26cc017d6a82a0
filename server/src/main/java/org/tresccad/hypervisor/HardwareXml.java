package org.tresccad.hypervisor;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.SavedHardware.Controller;
import org.tresccad.hypervisor.SavedHardware.Part;
import org.tresccad.hypervisor.SavedHardware.PciAddress;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/**
 * Reads the guest-visible layout from a domain's XML, which may come from anywhere. What describes the host is passed
 * over; a device that {@link DomainXml} cannot make again is refused, for its state in memory would have no place.
 */
final class HardwareXml {
    /** Parts of {@code <devices>} that a guest does not see, or that every PC has. */
    private static final Set<String> PASSED_OVER = Set.of("emulator", "console", "audio");

    private HardwareXml() {}

    /**
     * The layout {@code xml} describes.
     *
     * @throws TresccadException (INVALID_CONTENT) when it is no domain's XML, passes a limit of
     *     {@link SecureXml}, has a DTD, asks QEMU for something libvirt has no words for, or describes a machine that our template cannot make
     */
    static SavedHardware read(String xml) {
        Element domain = parse(xml);
        requirePlainDomain(domain);
        checkLayout(domain);
        Devices devices = new Devices();
        one(domain, "devices").ifPresent(element -> SecureXml.children(element).forEach(devices::add));
        boolean isWithoutAgentPort = devices.channels == 0;
        return checked(() -> new SavedHardware(
                devices.controllers, devices.addresses, cpu(domain), isWithoutAgentPort, parts(domain)));
    }

    private static Set<Part> parts(Element domain) {
        Set<Part> parts = EnumSet.noneOf(Part.class);
        one(domain, "genid").ifPresent(e -> parts.add(Part.GENERATION_ID));
        one(domain, "features")
                .flatMap(features -> one(features, "vmcoreinfo"))
                .filter(e -> !e.getAttribute("state").equals("off"))
                .ifPresent(e -> parts.add(Part.VMCOREINFO));
        // QEMU gives it to machines of this kind unless it is told not to.
        boolean isWithoutHpet = one(domain, "clock").stream()
                .flatMap(clock -> SecureXml.children(clock, "timer").stream())
                .anyMatch(timer -> timer.getAttribute("name").equals("hpet")
                        && timer.getAttribute("present").equals("no"));
        if (!isWithoutHpet) {
            parts.add(Part.HPET);
        }
        return parts;
    }

    static Element parse(String xml) {
        try {
            return SecureXml.parse(xml);
        } catch (SAXException e) {
            throw new TresccadException(
                    ErrorKind.INVALID_CONTENT, "the saved domain's XML cannot be used: it is not plain, short XML", e);
        }
    }

    static void requirePlainDomain(Element domain) {
        if (!domain.getTagName().equals("domain")) {
            throw invalid("it does not describe a domain");
        }
        for (Element child : SecureXml.children(domain)) {
            // qemu:commandline and its like: devices that the memory has and that would not be made again.
            if (child.getNamespaceURI() != null) {
                throw invalid("it has parts that are not libvirt's own");
            }
        }
    }

    static Optional<Element> one(Element parent, String name) {
        List<Element> found = SecureXml.children(parent, name);
        if (found.size() > 1) {
            throw invalid("it has " + name + " more than once");
        }
        return found.stream().findFirst();
    }

    private static void checkLayout(Element domain) {
        one(domain, "metadata").stream()
                .flatMap(metadata -> SecureXml.children(metadata).stream())
                .filter(e -> DomainXml.NAMESPACE.equals(e.getNamespaceURI()))
                .filter(e -> !e.getAttribute("layout").equals(Integer.toString(DomainXml.LAYOUT)))
                .findAny()
                .ifPresent(e -> {
                    throw invalid("it has a layout that this version does not know");
                });
        String machine = one(domain, "os")
                .flatMap(os -> one(os, "type"))
                .map(type -> type.getAttribute("arch") + " " + type.getAttribute("machine"))
                .orElse("");
        if (!machine.matches("x86_64 pc-i440fx-[0-9]{1,3}\\.[0-9]{1,3}(\\.[0-9]{1,3})?")) {
            throw invalid("its machine is not an x86_64 pc-i440fx with a version");
        }
    }

    private static Optional<CpuModel> cpu(Element domain) {
        return one(domain, "cpu")
                .filter(e -> e.getAttribute("check").equals("full"))
                .map(HardwareXml::cpuModel);
    }

    /** The named CPU model of a {@code <cpu>}; its words are not checked against anything but their form. */
    static CpuModel cpuModel(Element cpu) {
        if (!cpu.getAttribute("mode").equals("custom")) {
            throw invalid("its CPU is not a named model");
        }
        Set<String> required = new TreeSet<>();
        Set<String> disabled = new TreeSet<>();
        for (Element child : SecureXml.children(cpu)) {
            if (child.getTagName().equals("feature")) {
                switch (child.getAttribute("policy")) {
                    case "require", "force" -> required.add(child.getAttribute("name"));
                    case "disable", "forbid" -> disabled.add(child.getAttribute("name"));
                    default -> throw invalid("its CPU has a feature that may or may not be there");
                }
            }
        }
        String model = one(cpu, "model").map(e -> e.getTextContent().strip()).orElse("");
        if (required.size() + disabled.size() > 512) {
            throw invalid("its CPU has more features than there are");
        }
        return checked(() -> new CpuModel(model, required, disabled));
    }

    /** Collects the children of {@code <devices>}. */
    private static final class Devices {
        private final List<Controller> controllers = new ArrayList<>();
        private final Map<String, PciAddress> addresses = new TreeMap<>();
        private int nics;
        private int serials;
        private int channels;

        void add(Element device) {
            String name = device.getTagName();
            switch (name) {
                case "controller" -> controller(device);
                case "disk" -> disk(device);
                case "interface" -> {
                    require(device, "model", "type", "virtio");
                    put(SavedHardware.nicRole(nics++), device);
                }
                case "memballoon" -> balloon(device);
                case "rng" -> {
                    requireAttribute(device, "model", "virtio");
                    put("rng", device);
                }
                case "serial" -> {
                    require(device, "target", "type", "isa-serial");
                    only(name, ++serials);
                }
                case "channel" -> {
                    require(device, "target", "type", "virtio");
                    require(device, "target", "name", "org.qemu.guest_agent.0");
                    require(device, "address", "port", "1");
                    only(name, ++channels);
                }
                case "input" -> requireAttribute(device, "bus", "ps2");
                case "video" -> require(device, "model", "type", "none");
                default -> {
                    if (!PASSED_OVER.contains(name)) {
                        throw unknown(name);
                    }
                }
            }
        }

        private void controller(Element device) {
            Optional<String> model = Optional.of(device.getAttribute("model")).filter(m -> !m.isEmpty());
            int index = number(device.getAttribute("index"));
            Optional<PciAddress> address = one(device, "address").map(HardwareXml::pciAddress);
            Controller controller = checked(() -> new Controller(device.getAttribute("type"), index, model, address));
            if (controllers.contains(controller)) {
                throw invalid("it has a controller twice");
            }
            controllers.add(controller);
        }

        private void disk(Element device) {
            requireAttribute(device, "device", "disk");
            require(device, "target", "bus", "virtio");
            put(
                    SavedHardware.diskRole(one(device, "target")
                            .map(t -> t.getAttribute("dev"))
                            .orElse("")),
                    device);
        }

        private void balloon(Element device) {
            requireAttribute(device, "model", "virtio");
            put("memballoon", device);
        }

        private void put(String role, Element device) {
            PciAddress address = one(device, "address")
                    .map(HardwareXml::pciAddress)
                    .orElseThrow(() -> invalid("a device has no address"));
            if (addresses.containsValue(address) || addresses.put(role, address) != null) {
                throw invalid("two devices have one address");
            }
        }

        private static void only(String name, int count) {
            if (count > 1) {
                throw invalid("it has more than one " + name);
            }
        }
    }

    private static PciAddress pciAddress(Element address) {
        requireAttribute(address, "type", "pci");
        if (address.hasAttribute("multifunction")) {
            throw invalid("a device has more than one function");
        }
        return checked(() -> new PciAddress(
                number(address.getAttribute("domain")),
                number(address.getAttribute("bus")),
                number(address.getAttribute("slot")),
                number(address.getAttribute("function"))));
    }

    private static int number(String text) {
        if (!text.matches("0x[0-9a-f]{1,4}|[0-9]{1,4}")) {
            throw invalid("it has something else where a number must be");
        }
        return Integer.decode(text.startsWith("0x") ? text : Integer.toString(Integer.parseInt(text)));
    }

    private static void require(Element device, String child, String attribute, String value) {
        Element element = one(device, child).orElseThrow(() -> unknown(device.getTagName()));
        if (!element.getAttribute(attribute).equals(value)) {
            throw unknown(device.getTagName());
        }
    }

    private static void requireAttribute(Element device, String attribute, String value) {
        if (!device.getAttribute(attribute).equals(value)) {
            throw unknown(device.getTagName());
        }
    }

    static <T> T checked(Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            throw new TresccadException(
                    ErrorKind.INVALID_CONTENT, "the saved domain's XML describes hardware that cannot be made here", e);
        }
    }

    private static TresccadException unknown(String device) {
        String name = device.matches("[a-z]{1,20}") ? device : "device";
        return invalid("it has a " + name + " of a kind that cannot be made here");
    }

    static TresccadException invalid(String why) {
        return new TresccadException(ErrorKind.INVALID_CONTENT, "the saved domain's XML cannot be used: " + why);
    }
}
