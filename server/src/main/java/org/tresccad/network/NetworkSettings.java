package org.tresccad.network;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How the operator wants the guest network.
 *
 * @param bridge name of the bridge device, at most 15 characters
 * @param guestApiPort TCP port on the gateway address where the guest API listens; guests reach it as 169.254.169.254:80
 * @param mtu in bytes; empty: that of the uplink, or of the default route, or 1500
 */
public record NetworkSettings(
        String bridge, Addressing addressing, int guestApiPort, Dns dns, Routing routing, OptionalInt mtu) {
    /** Checks. */
    public NetworkSettings {
        requireDevice(bridge);
        if (guestApiPort < 1 || guestApiPort > 65535) {
            throw new IllegalArgumentException("not a TCP port: " + guestApiPort);
        }
        // 576: what every IPv4 host must be able to take (RFC 791); 65535: the longest IPv4 packet.
        if (mtu.isPresent() && (mtu.getAsInt() < 576 || mtu.getAsInt() > 65535)) {
            throw new IllegalArgumentException("the MTU must be 576 to 65535: " + mtu.getAsInt());
        }
    }

    /**
     * What can be given to guests.
     *
     * @param gateway the host's address in {@code subnet}
     * @param reserved never given to a guest, for the operator's own use
     * @param macPrefix the first three bytes of new MAC addresses, {@code 52:54:00}
     */
    public record Addressing(Subnet subnet, Ipv4 gateway, Set<Ipv4> reserved, String macPrefix) {
        /** The prefix QEMU uses for its guests. */
        public static final String QEMU_MAC_PREFIX = "52:54:00";

        /** Copies and checks. */
        public Addressing {
            if (!subnet.isHost(gateway)) {
                throw new IllegalArgumentException("gateway " + gateway + " is not a host address of " + subnet);
            }
            requireGuestNetwork(subnet);
            MacAddress first = new MacAddress(macPrefix + ":00:00:00");
            if ((Character.digit(first.value().charAt(1), 16) & 2) == 0) {
                throw new IllegalArgumentException("not a locally administered MAC prefix: " + macPrefix);
            }
            macPrefix = first.value().substring(0, 8);
            reserved = Set.copyOf(reserved);
        }

        /**
         * Checks a network.
         *
         * @throws IllegalArgumentException when guests cannot have it
         */
        public static void requireGuestNetwork(Subnet subnet) {
            if (new Subnet(Ipv4.parse("169.254.0.0"), 16).contains(subnet.network())) {
                throw new IllegalArgumentException("link-local addresses cannot be the guest network: " + subnet);
            }
        }

        /** Whether a guest may have {@code address}. */
        public boolean isForGuests(Ipv4 address) {
            return subnet.isHost(address) && !address.equals(gateway) && !reserved.contains(address);
        }
    }

    /**
     * Name service for guests.
     *
     * @param upstream servers that are asked for names that are not guests'; empty: those of the host, as its
     *     /etc/resolv.conf names them at the time; the gateway alone: none, such names are refused and nothing leaves the
     *     host
     * @param domain of the guests' names
     */
    public record Dns(List<Ipv4> upstream, String domain) {
        /** Copies and checks. */
        public Dns {
            upstream = List.copyOf(upstream);
            requireDomain(domain);
        }

        /**
         * Checks a domain for guests' names.
         *
         * @throws IllegalArgumentException when it is not a DNS domain, or not in lower case
         */
        public static String requireDomain(String domain) {
            String label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
            if (domain.length() > 200 || !domain.matches(label + "(\\." + label + ")*")) {
                throw new IllegalArgumentException("not a DNS domain in lower case: " + domain);
            }
            return domain;
        }
    }

    /**
     * How guests reach the world and the world reaches them.
     *
     * @param nat whether guests appear with the host's address outside; without it the outside must have a route back
     * @param inbound what happens to connections from outside to a guest's own address
     * @param uplink the only device guests may reach the world through; empty: any
     */
    public record Routing(boolean nat, Inbound inbound, Optional<String> uplink) {
        /** Checks. */
        public Routing {
            uplink.ifPresent(NetworkSettings::requireDevice);
        }
    }

    /** What happens to new connections from outside. */
    public enum Inbound {
        /** They pass, for whoever has a route to the guest network. */
        ALLOWED,
        /** They are refused. */
        BLOCKED
    }

    /**
     * Returns a device's name, of which IFNAMSIZ of Linux leaves 15 bytes.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static String requireDevice(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,14}")) {
            throw new IllegalArgumentException("\"" + name + "\" is not a device name of at most 15 characters");
        }
        return name;
    }
}
