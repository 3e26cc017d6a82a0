package org.tresccad.network.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.tresccad.network.Ipv4;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Port;

/**
 * dnsmasq's files as text.
 *
 * @see <a href="https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html">dnsmasq(8)</a>
 */
final class DnsmasqConfig {
    /**
     * dnsmasq's shortest. A client renews after half of it; so a guest that moved to a host where its address is
     * another, and did not notice that its link bounced, gets the right one within two minutes, and an address that
     * became free is held back no longer. The price is one small exchange per guest and minute.
     */
    static final Duration LEASE = Duration.ofMinutes(2);

    private DnsmasqConfig() {}

    /**
     * The files of one dnsmasq.
     *
     * @param config read at the start only
     * @param dhcpHosts who gets which address; read again on SIGHUP
     * @param dnsHosts names of guests; read again on SIGHUP
     * @param leases written by dnsmasq
     */
    record Files(Path config, Path dhcpHosts, Path dnsHosts, Path leases) {
        static Files in(Path directory) {
            return new Files(
                    directory.resolve("dnsmasq.conf"),
                    directory.resolve("dhcp-hosts"),
                    directory.resolve("dns-hosts"),
                    directory.resolve("dhcp-leases"));
        }
    }

    /** The configuration file; {@code user} is whom dnsmasq becomes after it has opened its sockets. */
    static String config(NetworkSettings settings, int mtu, Files files, String user) {
        Ipv4 gateway = settings.addressing().gateway();
        String domain = settings.dns().domain();
        List<String> lines = new ArrayList<>(List.of(
                "# Written by tresccad at every start.",
                "user=" + user,
                "pid-file=",
                "log-facility=-",
                // A renewal per guest and minute is nothing to log; problems still are.
                "quiet-dhcp",
                "interface=" + settings.bridge(),
                "except-interface=lo",
                "bind-dynamic",
                // DNS: the guests' names, never the host's own; of others what the servers below know.
                "no-hosts",
                "domain-needed",
                "bogus-priv",
                "domain=" + domain,
                "local=/" + domain + "/",
                "addn-hosts=" + files.dnsHosts(),
                // DHCP: fixed addresses for known MAC addresses, nothing for others.
                "dhcp-range=" + settings.addressing().subnet().network() + ",static,"
                        + settings.addressing().subnet().netmask() + "," + LEASE.toMinutes() + "m",
                "dhcp-ignore=tag:!known",
                "dhcp-hostsfile=" + files.dhcpHosts(),
                "dhcp-leasefile=" + files.leases(),
                "dhcp-lease-max=" + settings.addressing().subnet().hosts(),
                // The only server here: a client with a stale address is told so at once.
                "dhcp-authoritative",
                // A guest's identity is its MAC; what it calls itself must not matter to others.
                "dhcp-ignore-clid",
                "dhcp-ignore-names",
                "dhcp-option=option:router," + gateway,
                "dhcp-option=option:dns-server," + gateway,
                // A client that takes this option ignores the router option, hence the default route (RFC 3442).
                "dhcp-option=option:classless-static-route," + FirewallRules.METADATA + "/32," + gateway + ",0.0.0.0/0,"
                        + gateway,
                "dhcp-option=option:mtu," + mtu));
        List<Ipv4> upstream = settings.dns().upstream();
        if (!upstream.isEmpty()) {
            // Without these two it asks those of /etc/resolv.conf, and reads that again whenever the host's network
            // changes, as a laptop's does.
            lines.addAll(List.of("no-resolv", "no-poll"));
            upstream.forEach(server -> lines.add("server=" + server));
        }
        return text(lines);
    }

    /**
     * One line per port. The name has its domain, because dnsmasq would read a bare {@code ignore}, {@code infinite} or
     * {@code 60} as something else than a name.
     */
    static String dhcpHosts(List<Port> ports, String domain) {
        return text(ports.stream()
                .map(port -> port.mac() + "," + port.address() + "," + port.hostname() + "." + domain)
                .toList());
    }

    /** As /etc/hosts; a name that several guests share has all their addresses. */
    static String dnsHosts(List<Port> ports, String domain) {
        return text(ports.stream()
                .map(port -> port.address() + " " + port.hostname() + "." + domain + " " + port.hostname())
                .toList());
    }

    private static String text(List<String> lines) {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }
}
