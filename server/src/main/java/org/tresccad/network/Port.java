package org.tresccad.network;

/**
 * A guest's attachment to the network: an address pair no other port of this host has.
 *
 * @param owner who holds it, an instance's id
 * @param hostname what the guest is called in DHCP and DNS, a valid DNS label; several guests may share one
 * @param tap name of the tap device, at most 15 characters, unique on the host
 */
public record Port(PortId id, String owner, MacAddress mac, Ipv4 address, String hostname, String tap) {
    /** With this the name of each tap of ours begins. */
    public static final String TAP_PREFIX = "trc";

    /** Checks what ends up in configuration files of other programs: hostname and tap. */
    public Port {
        if (!hostname.matches("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")) {
            throw new IllegalArgumentException("not a DNS label: " + hostname);
        }
        if (!tap.matches("[A-Za-z0-9._-]{1,15}")) {
            throw new IllegalArgumentException("not a name for a network device: " + tap);
        }
    }

    /** The tap device of a new port: a prefix and 48 bits of its id, together the kernel's limit of 15 characters. */
    static String tapOf(PortId id) {
        return TAP_PREFIX + id.toString().replace("-", "").substring(0, 12);
    }

    /** Whether a device of this name can only be a tap of ours, of a current or a former port. */
    public static boolean isTapName(String device) {
        return device.matches(TAP_PREFIX + "[0-9a-f]{12}");
    }
}
