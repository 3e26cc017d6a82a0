package org.tresccad.daemon.config;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tresccad.network.Ipv4;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Subnet;

/**
 * The guest network.
 *
 * @param bridge name of the bridge device
 * @param addresses which addresses guests get from which network
 * @param dns what guests resolve names with
 * @param outside how guests reach the outside, and are reached
 * @param mtu in bytes; empty: that of the way to the outside, at most Ethernet's
 */
public record NetworkConfig(String bridge, Addresses addresses, Dns dns, Outside outside, OptionalInt mtu) {

    /**
     * Addresses.
     *
     * @param subnet the network; the host takes its first usable address
     * @param reserved addresses never given to a guest
     */
    public record Addresses(Subnet subnet, List<Ipv4> reserved) {
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

    /**
     * The outside.
     *
     * @param uplink the only device to it; empty: any
     * @param nat whether guests reach it behind the host's address
     * @param inbound whether it may open connections to guests by their own addresses
     */
    public record Outside(Optional<String> uplink, boolean nat, boolean inbound) {}

    static NetworkConfig read(ConfigReader in) {
        String bridge = in.value("bridge", "tresccad0", NetworkSettings::requireDevice);
        Subnet subnet = in.value("cidr", "10.77.0.0/24", NetworkConfig::guestNetwork);
        List<Ipv4> reserved = in.list("reserved", Ipv4::parse);
        for (Ipv4 address : reserved) {
            if (!subnet.contains(address)) {
                in.problem("reserved", address + " is not in " + subnet);
            }
        }
        return new NetworkConfig(
                bridge,
                new Addresses(subnet, reserved),
                new Dns(
                        in.value("domain", "tresccad.internal", NetworkSettings.Dns::requireDomain),
                        in.list("nameservers", Ipv4::parse)),
                new Outside(
                        in.optional("uplink", NetworkSettings::requireDevice),
                        in.value("nat", "true", Values::yesOrNo),
                        in.value("inbound", "false", Values::yesOrNo)),
                in.value("mtu", "1500", NetworkConfig::mtu));
    }

    private static OptionalInt mtu(String text) {
        return text.equals("auto") ? OptionalInt.empty() : OptionalInt.of(Values.whole(text, 1280, 9216));
    }

    private static Subnet guestNetwork(String text) {
        Subnet subnet = Subnet.parse(text);
        NetworkSettings.Addressing.requireGuestNetwork(subnet);
        return subnet;
    }
}
