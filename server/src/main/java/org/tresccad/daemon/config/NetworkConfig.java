package org.tresccad.daemon.config;

import java.util.List;
import org.tresccad.network.Ipv4;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Subnet;

/**
 * The guest network.
 *
 * @param bridge name of the bridge device
 * @param addresses which addresses guests get from which network
 * @param dns what guests resolve names with
 * @param nat whether guests reach the outside behind the host's address
 * @param inbound whether the outside may open connections to guests by their own addresses
 * @param mtu in bytes
 */
public record NetworkConfig(String bridge, Addresses addresses, Dns dns, boolean nat, boolean inbound, int mtu) {

    /**
     * Addresses.
     *
     * @param cidr the network; the host takes its first usable address
     * @param reserved addresses never given to a guest
     */
    public record Addresses(Cidr cidr, List<Ipv4> reserved) {
        /** Copies. */
        public Addresses {
            reserved = List.copyOf(reserved);
        }
    }

    /**
     * Names.
     *
     * @param domain suffix of guests' names
     * @param nameservers asked by the host's DNS for guests; empty: those of the host; its own address alone: none
     */
    public record Dns(String domain, List<Ipv4> nameservers) {
        /** Copies. */
        public Dns {
            nameservers = List.copyOf(nameservers);
        }
    }

    static NetworkConfig read(ConfigReader in) {
        String bridge = in.value("bridge", "tresccad0", NetworkConfig::deviceName);
        Cidr cidr = in.value("cidr", "10.77.0.0/24", NetworkConfig::guestNetwork);
        List<Ipv4> reserved = in.list("reserved", Ipv4::parse);
        for (Ipv4 address : reserved) {
            if (!cidr.contains(address)) {
                in.problem("reserved", address + " is not in " + cidr);
            }
        }
        return new NetworkConfig(
                bridge,
                new Addresses(cidr, reserved),
                new Dns(
                        in.value("domain", "tresccad.internal", NetworkSettings.Dns::requireDomain),
                        in.list("nameservers", Ipv4::parse)),
                in.value("nat", "true", Values::yesOrNo),
                in.value("inbound", "false", Values::yesOrNo),
                in.value("mtu", "1500", text -> Values.whole(text, 1280, 9216)));
    }

    private static Cidr guestNetwork(String text) {
        Cidr cidr = Cidr.parse(text);
        NetworkSettings.Addressing.requireGuestNetwork(new Subnet(cidr.address(), cidr.prefixLength()));
        return cidr;
    }

    /** IFNAMSIZ of Linux leaves 15 bytes. */
    private static String deviceName(String text) {
        if (!text.matches("[a-z][a-z0-9._-]{0,14}")) {
            throw new IllegalArgumentException("\"" + text + "\" is not a device name of at most 15 characters");
        }
        return text;
    }
}
