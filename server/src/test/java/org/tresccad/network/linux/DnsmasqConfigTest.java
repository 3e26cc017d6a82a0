package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.NetworkSettings.Dns;
import org.tresccad.network.NetworkSettings.Inbound;
import org.tresccad.network.Port;
import org.tresccad.network.PortId;
import org.tresccad.network.TestingNetworkSettings;

class DnsmasqConfigTest {
    @Test
    void withoutUpstreamThoseOfTheHostAreAskedAsTheyAreAtTheTime() {
        assertThat(config(List.of()))
                .noneMatch(line -> line.matches("(server|resolv-file)=.*|no-resolv|no-poll"))
                .contains("no-hosts");
    }

    @Test
    void guestsNamesAndNamesWithoutADomainNeverLeaveTheHost() {
        for (List<Ipv4> upstream : List.of(List.<Ipv4>of(), List.of(Ipv4.parse("192.0.2.53")))) {
            assertThat(config(upstream)).contains("local=/guests.example/", "domain-needed", "bogus-priv");
        }
    }

    @Test
    void upstreamServersAreTheOnlyOnesAsked() {
        assertThat(config(List.of(Ipv4.parse("192.0.2.53"), Ipv4.parse("192.0.2.54"))))
                .contains("no-resolv", "server=192.0.2.53", "server=192.0.2.54");
    }

    @Test
    void dhcpServesKnownGuestsOnOurBridgeOnly() {
        assertThat(config(List.of()))
                .contains(
                        "interface=trbr0",
                        "except-interface=lo",
                        "dhcp-range=10.77.0.0,static,255.255.255.0,2m",
                        "dhcp-ignore=tag:!known",
                        "dhcp-option=option:mtu,1400",
                        "user=nobody");
    }

    @Test
    void namesAreQualifiedForDhcpAndBothWaysForDns() {
        List<Port> ports = List.of(new Port(
                PortId.random(), "owner", new MacAddress("52:54:00:00:00:01"), Ipv4.parse("10.77.0.2"), "ignore", "t"));

        assertThat(DnsmasqConfig.dhcpHosts(ports, "guests.example"))
                .isEqualTo("52:54:00:00:00:01,10.77.0.2,ignore.guests.example\n");
        assertThat(DnsmasqConfig.dnsHosts(ports, "guests.example"))
                .isEqualTo("10.77.0.2 ignore.guests.example ignore\n");
    }

    private static List<String> config(List<Ipv4> upstream) {
        NetworkSettings settings = new NetworkSettings(
                "trbr0",
                TestingNetworkSettings.addressing("10.77.0.0/24", "10.77.0.1"),
                8775,
                new Dns(upstream, "guests.example"),
                TestingNetworkSettings.routing(true, Inbound.ALLOWED, ""),
                OptionalInt.empty());
        return DnsmasqConfig.config(settings, 1400, DnsmasqConfig.Files.in(Path.of("/var/lib/example")), "nobody")
                .lines()
                .toList();
    }
}
