package org.tresccad.hypervisor;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The guest-visible layout of a saved domain, read from its XML by an allow-list: what must be the same when memory is
 * resumed (device addresses, controllers, the CPU's features), and nothing that names the host it came from.
 *
 * @param controllers in the order of the XML
 * @param devices PCI addresses by role: {@code disk:vda} by target, {@code nic:0} by order, {@code memballoon},
 *     {@code rng}
 * @param cpu the CPU QEMU really made, every feature named; empty when the XML does not say
 * @param isWithoutAgentPort whether it lacks the port of QEMU's guest agent; false also where nothing was noted down
 * @param parts of the machine that are neither on the PCI bus nor on every one; those of a guest of ours where nothing
 *     was noted down
 */
public record SavedHardware(
        List<Controller> controllers,
        Map<String, PciAddress> devices,
        Optional<CpuModel> cpu,
        boolean isWithoutAgentPort,
        @Nullable Set<Part> parts) {
    private static final int MOST_PARTS = 32;

    /** Copies and checks. */
    public SavedHardware {
        if (controllers.size() > MOST_PARTS || devices.size() > MOST_PARTS) {
            throw new IllegalArgumentException("more devices than a domain of ours has");
        }
        controllers = List.copyOf(controllers);
        parts = parts == null ? Set.of(Part.GENERATION_ID) : Set.copyOf(parts);
        devices = java.util.Collections.unmodifiableMap(new TreeMap<>(devices));
        for (String role : devices.keySet()) {
            if (!role.matches("disk:vd[a-z]|nic:[0-9]|memballoon|rng")) {
                throw new IllegalArgumentException("not a device's role: " + role);
            }
        }
    }

    /** With the port, as all guests of ours have been made. */
    public SavedHardware(List<Controller> controllers, Map<String, PciAddress> devices, Optional<CpuModel> cpu) {
        this(controllers, devices, cpu, false, null);
    }

    /** Whether the guest has that part. */
    public boolean has(Part part) {
        return Objects.requireNonNull(parts).contains(part);
    }

    /** What a guest has or has not, and QEMU keeps state of. Guests that Nova made have others than ours. */
    public enum Part {
        /** The clock that Nova gives to guests that are emulated. */
        HPET,
        /** Where a guest's kernel says how to read a dump of it. */
        VMCOREINFO,
        /** The number that changes at each resume. */
        GENERATION_ID
    }

    /** The role of the disk with libvirt's target name {@code target}. */
    public static String diskRole(String target) {
        return "disk:" + target;
    }

    /** The role of the network card with that place in the list, from 0. */
    public static String nicRole(int index) {
        return "nic:" + index;
    }

    /** A bus controller: libvirt's {@code type}, {@code index} and {@code model}. */
    public record Controller(String type, int index, Optional<String> model, Optional<PciAddress> address) {
        /** Checks that it is one of those our domains have. */
        public Controller {
            String kind = type + "/" + index + "/" + model.orElse("");
            if (!kind.matches("pci/0/pci-root|usb/0/none|virtio-serial/0/")) {
                throw new IllegalArgumentException("not a controller of ours: " + kind);
            }
            if (address.isPresent() != type.equals("virtio-serial")) {
                throw new IllegalArgumentException("a controller " + kind + " with or without an address");
            }
        }
    }

    /** A PCI address on the root bus of a {@code pc-i440fx} machine; slots 0 and 1 belong to the chipset. */
    public record PciAddress(int domain, int bus, int slot, int function) {
        /** Checks the ranges. */
        public PciAddress {
            if (domain != 0 || bus != 0 || slot < 2 || slot > 31 || function < 0 || function > 7) {
                throw new IllegalArgumentException(
                        "not an address for a device of ours: " + domain + ":" + bus + ":" + slot + "." + function);
            }
        }
    }
}
