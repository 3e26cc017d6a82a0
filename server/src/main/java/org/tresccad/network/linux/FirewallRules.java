package org.tresccad.network.linux;

import java.util.ArrayList;
import java.util.List;
import org.tresccad.network.Ipv4;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.NetworkSettings.Inbound;
import org.tresccad.network.Subnet;

/**
 * The packet filter as text, computed from the settings alone. What a guest may do:
 *
 * <ul>
 *   <li>with the host: DHCP, DNS, and the guest API, the last only when it called 169.254.169.254:80 (the connection's
 *       original destination is asked from conntrack, so calling the port by the gateway's address is refused);
 *       answers to connections the host opened; nothing else, at any address of the host;
 *   <li>with other guests: everything;
 *   <li>with the world: everything but link-local addresses, which are the metadata services of clouds the host itself
 *       may live in; with its own addresses only.
 * </ul>
 *
 * IPv6 is not offered to guests and dropped.
 */
final class FirewallRules {
    static final String INPUT = "TRESCCAD-INPUT";
    static final String FORWARD = "TRESCCAD-FORWARD";
    static final String NAT_PRE = "TRESCCAD-NAT-PRE";
    static final String NAT_POST = "TRESCCAD-NAT-POST";
    /** Where clouds serve metadata: EC2's choice, kept by OpenStack. */
    static final String METADATA = "169.254.169.254";

    private FirewallRules() {}

    /** A chain of ours, the built-in chain that jumps to it, and its rules without {@code -A CHAIN}. */
    record Chain(String builtin, String name, List<String> rules) {
        Chain {
            rules = List.copyOf(rules);
        }
    }

    /** The chains of ours in one table. */
    record Table(String name, List<Chain> chains) {
        Table {
            chains = List.copyOf(chains);
        }
    }

    static List<Table> ipv4(NetworkSettings settings) {
        return List.of(
                new Table(
                        "filter",
                        List.of(
                                new Chain("INPUT", INPUT, input(settings)),
                                new Chain("FORWARD", FORWARD, forward(settings)))),
                new Table(
                        "nat",
                        List.of(
                                new Chain("PREROUTING", NAT_PRE, natPre(settings)),
                                new Chain("POSTROUTING", NAT_POST, natPost(settings)))));
    }

    static List<Table> ipv6(NetworkSettings settings) {
        String bridge = settings.bridge();
        return List.of(new Table(
                "filter",
                List.of(
                        new Chain("INPUT", INPUT, List.of("-i " + bridge + " -j DROP")),
                        // Frames from guest to guest are bridged, not routed, and are GuestFilter's to judge.
                        new Chain(
                                "FORWARD",
                                FORWARD,
                                List.of(
                                        "-i " + bridge + " ! -o " + bridge + " -j DROP",
                                        "-o " + bridge + " ! -i " + bridge + " -j DROP")))));
    }

    private static List<String> input(NetworkSettings settings) {
        Ipv4 gateway = settings.addressing().gateway();
        Subnet subnet = settings.addressing().subnet();
        return List.of(
                "! -i " + settings.bridge() + " -j RETURN",
                // A client that has no address yet sends from 0.0.0.0, hence before the check of the source.
                "-p udp -m udp --sport 68 --dport 67 -j ACCEPT",
                "! -s " + subnet + " -j DROP",
                "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                "-d " + gateway + "/32 -p udp -m udp --dport 53 -j ACCEPT",
                "-d " + gateway + "/32 -p tcp -m tcp --dport 53 -j ACCEPT",
                "-d " + gateway + "/32 -p tcp -m tcp --dport " + settings.guestApiPort() + " -m conntrack --ctorigdst "
                        + METADATA + " --ctorigdstport 80 -j ACCEPT",
                "-p tcp -j REJECT --reject-with tcp-reset",
                "-j REJECT --reject-with icmp-admin-prohibited");
    }

    private static List<String> forward(NetworkSettings settings) {
        String bridge = settings.bridge();
        Subnet subnet = settings.addressing().subnet();
        List<String> rules = new ArrayList<>();
        // Seen here only where the kernel passes bridged frames to iptables (br_netfilter).
        rules.add("-i " + bridge + " -o " + bridge + " -j ACCEPT");
        rules.add("-i " + bridge + " ! -s " + subnet + " -j DROP");
        rules.add("-i " + bridge + " -d 169.254.0.0/16 -j REJECT --reject-with icmp-net-prohibited");
        // A packet conntrack cannot place would leave with the guest's own address.
        rules.add("-i " + bridge + " -m conntrack --ctstate INVALID -j DROP");
        settings.routing()
                .uplink()
                .ifPresentOrElse(
                        uplink -> {
                            rules.add("-i " + bridge + " -o " + uplink + " -j ACCEPT");
                            rules.add("-i " + bridge + " -j REJECT --reject-with icmp-net-prohibited");
                        },
                        () -> rules.add("-i " + bridge + " -j ACCEPT"));
        rules.add("-o " + bridge + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
        if (settings.routing().inbound() == Inbound.ALLOWED) {
            String from = settings.routing()
                    .uplink()
                    .map(uplink -> "-i " + uplink + " ")
                    .orElse("");
            rules.add(from + "-o " + bridge + " -d " + subnet + " -j ACCEPT");
        }
        rules.add("-o " + bridge + " -j REJECT --reject-with icmp-admin-prohibited");
        return rules;
    }

    private static List<String> natPre(NetworkSettings settings) {
        return List.of(
                "-i " + settings.bridge() + " -s " + settings.addressing().subnet() + " -d " + METADATA
                        + "/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination "
                        + settings.addressing().gateway() + ":" + settings.guestApiPort());
    }

    private static List<String> natPost(NetworkSettings settings) {
        if (!settings.routing().nat()) {
            return List.of();
        }
        Subnet subnet = settings.addressing().subnet();
        String out = settings.routing().uplink().map(uplink -> "-o " + uplink).orElse("! -o " + settings.bridge());
        return List.of("-s " + subnet + " ! -d " + subnet + " " + out + " -j MASQUERADE");
    }
}
