package org.tresccad.hypervisor.libvirt;

import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.HostCpu;
import org.tresccad.hypervisor.SecureXml;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/**
 * Reads libvirt's descriptions of a host and of what its domains may be.
 *
 * @see <a href="https://libvirt.org/formatcaps.html">libvirt: Driver capabilities XML format</a>
 * @see <a href="https://libvirt.org/formatdomaincaps.html">libvirt: Domain capabilities XML format</a>
 */
final class CapabilitiesXml {
    /** The one architecture our domains have. */
    static final String ARCHITECTURE = "x86_64";

    private static final Pattern VERSIONED = Pattern.compile("pc-i440fx-([0-9]{1,3})\\.([0-9]{1,3})");

    private CapabilitiesXml() {}

    /**
     * QEMU for x86_64 guests.
     *
     * @param emulator its path
     * @param machines versioned machine types
     * @param offersKvm whether libvirt believes in KVM, which says little
     */
    record Emulator(String emulator, Set<String> machines, boolean offersKvm) {
        Emulator {
            machines = Set.copyOf(machines);
        }

        /** The newest machine type that our template fits. */
        Optional<String> newestMachine() {
            return machines.stream()
                    .filter(machine -> VERSIONED.matcher(machine).matches())
                    .max(Comparator.comparingInt(Emulator::age));
        }

        private static int age(String machine) {
            Matcher matcher = VERSIONED.matcher(machine);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(machine);
            }
            return Integer.parseInt(matcher.group(1)) * 1000 + Integer.parseInt(matcher.group(2));
        }
    }

    /** What a host's capabilities say of QEMU; empty when it has none for x86_64 guests. */
    static Optional<Emulator> emulator(String capabilities) {
        return SecureXml.children(root(capabilities), "guest").stream()
                .filter(guest -> SecureXml.child(guest, "os_type")
                        .map(type -> type.getTextContent().equals("hvm"))
                        .orElse(false))
                .flatMap(guest -> SecureXml.child(guest, "arch").stream())
                .filter(arch -> arch.getAttribute("name").equals(ARCHITECTURE))
                .findFirst()
                .flatMap(CapabilitiesXml::readEmulator);
    }

    /** Named CPU models that domain capabilities call usable. */
    static Set<String> usableModels(String domainCapabilities) {
        Set<String> models = new TreeSet<>();
        for (Element mode : cpuModes(root(domainCapabilities), "custom")) {
            for (Element model : SecureXml.children(mode, "model")) {
                if (model.getAttribute("usable").equals("yes")) {
                    models.add(model.getTextContent().strip());
                }
            }
        }
        return models;
    }

    /** The named model, with features, that comes nearest to the host's CPU. */
    static Optional<CpuModel> hostModel(String domainCapabilities) {
        return hostMode(domainCapabilities).flatMap(CapabilitiesXml::cpu);
    }

    /** The same with its maker; empty when libvirt does not know that. */
    static Optional<HostCpu> hostCpu(String domainCapabilities) {
        return hostMode(domainCapabilities)
                .flatMap(mode -> SecureXml.child(mode, "vendor").flatMap(vendor -> cpu(mode)
                        .map(model -> new HostCpu(vendor.getTextContent().strip(), model))));
    }

    private static Optional<Element> hostMode(String domainCapabilities) {
        return cpuModes(root(domainCapabilities), "host-model").stream().findFirst();
    }

    /** The CPU of a baseline that libvirt computed. */
    static CpuModel baseline(String cpu) {
        return cpu(root(cpu)).orElseThrow(() -> new IllegalStateException("libvirt's baseline has no model"));
    }

    private static Optional<CpuModel> cpu(Element cpu) {
        return SecureXml.child(cpu, "model").map(model -> cpu(cpu, model));
    }

    private static CpuModel cpu(Element mode, Element model) {
        Set<String> required = new TreeSet<>();
        Set<String> disabled = new TreeSet<>();
        for (Element feature : SecureXml.children(mode, "feature")) {
            boolean isRequired = feature.getAttribute("policy").equals("require");
            (isRequired ? required : disabled).add(feature.getAttribute("name"));
        }
        // A guest that sees it cannot be migrated: its TSC could not go on at the same rate.
        required.remove("invtsc");
        return new CpuModel(model.getTextContent().strip(), required, disabled);
    }

    private static Optional<Emulator> readEmulator(Element arch) {
        Set<String> machines = new HashSet<>();
        boolean offersKvm = false;
        for (Element machine : SecureXml.children(arch, "machine")) {
            machines.add(machine.getTextContent().strip());
        }
        for (Element domain : SecureXml.children(arch, "domain")) {
            offersKvm |= domain.getAttribute("type").equals("kvm");
            for (Element machine : SecureXml.children(domain, "machine")) {
                machines.add(machine.getTextContent().strip());
            }
        }
        machines.removeIf(machine -> !machine.matches(".*-[0-9]+\\.[0-9]+"));
        boolean kvm = offersKvm;
        return SecureXml.child(arch, "emulator")
                .map(emulator -> new Emulator(emulator.getTextContent().strip(), machines, kvm));
    }

    private static java.util.List<Element> cpuModes(Element root, String name) {
        return SecureXml.child(root, "cpu").stream()
                .flatMap(cpu -> SecureXml.children(cpu, "mode").stream())
                .filter(mode -> mode.getAttribute("name").equals(name))
                .filter(mode -> mode.getAttribute("supported").equals("yes"))
                .toList();
    }

    private static Element root(String xml) {
        try {
            return SecureXml.parse(xml);
        } catch (SAXException e) {
            throw new IllegalStateException("libvirt's capabilities cannot be parsed", e);
        }
    }
}
