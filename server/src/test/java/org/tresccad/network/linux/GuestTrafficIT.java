package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.NetworkSettings.Inbound;
import org.tresccad.network.Port;
import org.tresccad.network.PortId;
import org.tresccad.network.TestingNetworkSettings;
import org.tresccad.process.CommandFailed;

/**
 * What guests can and cannot do, with a real bridge, iptables and dnsmasq. Needs root, iproute2, iptables, dnsmasq and
 * busybox, and a network namespace of its own:
 *
 * <pre>TRESCCAD_IT_NETNS=1 unshare -n mvn -pl server -am test -Dtest='*IT' -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
class GuestTrafficIT {
    private static final String GATEWAY = "10.77.0.1";
    private static final String METADATA = "169.254.169.254";
    private static final int API = 8774;

    private final NetworkSettings settings = TestingNetworkSettings.usual();
    private TestingHost host;
    private LinuxNetwork network;

    @BeforeEach
    void setUp() throws IOException {
        host = new TestingHost();
        network = host.network(settings);
        network.reconcile();
        host.serve("0.0.0.0", API, "the API");
        host.serve(GATEWAY, settings.guestApiPort(), "the guest API");
    }

    @AfterEach
    void tearDown() throws IOException {
        try {
            network.cleanup();
        } finally {
            host.close();
        }
    }

    @Test
    void guestGetsItsFixedLeaseWithAllOptions() throws IOException {
        Port port = port("guest-a");
        TestingGuest guest = host.attach(port, settings.bridge());

        assertThat(guest.dhcp())
                .containsEntry("ip", port.address().toString())
                .containsEntry("mask", "24")
                .containsEntry("router", GATEWAY)
                .containsEntry("dns", GATEWAY)
                .containsEntry("domain", "guests.example")
                .containsEntry("hostname", "guest-a")
                .containsEntry("lease", "120")
                .containsEntry("mtu", "1500")
                .containsEntry("staticroutes", METADATA + "/32 " + GATEWAY + " 0.0.0.0/0 " + GATEWAY);
    }

    @Test
    void strangerGetsNoLease() throws IOException {
        port("guest-a");
        Port unknown = new Port(
                PortId.random(),
                "nobody",
                new MacAddress("52:54:00:99:99:99"),
                Ipv4.parse("10.77.0.99"),
                "stranger",
                "trc999999999999");

        assertThat(host.attach(unknown, settings.bridge()).asksInVain("2")).isTrue();
    }

    @Test
    void hostnamesThatMeanSomethingToDnsmasqAreJustNames() throws IOException {
        for (String name : List.of("ignore", "60", "infinite", "2m")) {
            Port port = port(name);

            assertThat(host.attach(port, settings.bridge()).dhcp())
                    .containsEntry("ip", port.address().toString())
                    .containsEntry("hostname", name);
        }
    }

    @Test
    void guestsResolveEachOtherAndNothingLeavesTheHost() throws IOException {
        Port other = port("guest-b");
        TestingGuest guest = guest("guest-a");

        assertThat(guest.run("busybox", "nslookup", "guest-b.guests.example", GATEWAY))
                .contains(other.address().toString());
        assertThat(guest.run("busybox", "nslookup", other.address().toString(), GATEWAY))
                .contains("guest-b.guests.example");
        assertThat(resolves(guest, "absent.guests.example")).isFalse();
        assertThat(resolves(guest, "www.example.com")).isFalse();
    }

    @Test
    void guestApiAnswersAtTheMetadataAddressAndSeesWhoCalls() throws IOException {
        TestingGuest guest = guest("guest-a");
        Port port = network.portOf("guest-a").orElseThrow();

        assertThat(guest.get(METADATA, 80, "/")).isEqualTo("the guest API for " + port.address());
    }

    @Test
    void nothingElseOfTheHostCanBeReached() throws IOException {
        TestingGuest guest = guest("guest-a");

        assertThat(TestingGuest.hostItself(host).get(GATEWAY, API, "/"))
                .as("the API listens there, for the host itself")
                .startsWith("the API");
        assertThat(guest.getInVain(GATEWAY, API, "/")).isEmpty();
        assertThat(guest.getInVain(TestingHost.UPLINK_ADDRESS, API, "/")).isEmpty();
        assertThat(guest.getInVain(METADATA, API, "/")).isEmpty();
        assertThat(guest.getInVain(GATEWAY, settings.guestApiPort(), "/"))
                .as("the guest API by the host's own address")
                .isEmpty();
        assertThat(guest.getInVain(TestingHost.UPLINK_ADDRESS, settings.guestApiPort(), "/"))
                .isEmpty();
        assertThat(pings(guest, GATEWAY)).isFalse();
    }

    @Test
    void guestReachesTheWorldWithTheHostsAddress() throws IOException {
        TestingGuest guest = guest("guest-a");

        assertThat(guest.get(TestingHost.INTERNET_ADDRESS, 80, "/cgi-bin/who"))
                .isEqualTo("called by " + TestingHost.UPLINK_ADDRESS);
    }

    @Test
    void metadataServiceOfTheHostsOwnCloudIsOutOfReach() throws IOException {
        TestingGuest guest = guest("guest-a");
        host.in(host.internet(), "ip", "address", "add", "169.254.169.254/32", "dev", "lo");
        host.in(host.internet(), "ip", "address", "add", "169.254.169.253/32", "dev", "lo");

        assertThat(guest.getInVain("169.254.169.253", 80, "/cgi-bin/who")).isEmpty();
        assertThat(guest.get(METADATA, 80, "/cgi-bin/who")).startsWith("the guest API");
    }

    @Test
    void guestsReachEachOther() throws IOException {
        TestingGuest first = guest("guest-a");
        TestingGuest second = guest("guest-b");
        host.serveWhoCalls(second.namespace);
        String address = network.portOf("guest-b").orElseThrow().address().toString();

        await("the web server of the second guest answers")
                .untilAsserted(() -> assertThat(first.get(address, 80, "/cgi-bin/who"))
                        .isEqualTo("called by "
                                + network.portOf("guest-a").orElseThrow().address()));
    }

    @Test
    void sourceThatIsNotOfTheGuestNetworkGoesNowhere() throws IOException {
        TestingGuest guest = guest("guest-a");
        // The filter of frames would stop it before.
        host.run("nft", "delete", "table", "bridge", "tresccad");
        // Everything but our rules would let it through: routes back exist, so that reverse path filters agree.
        guest.run("ip", "address", "add", "203.0.113.9/32", "dev", "eth0");
        host.run("ip", "route", "add", "203.0.113.9/32", "dev", settings.bridge());
        host.in(host.internet(), "ip", "route", "add", "203.0.113.9/32", "via", TestingHost.UPLINK_ADDRESS);

        guest.run("ip", "route", "replace", "default", "via", GATEWAY, "src", "203.0.113.9");

        assertThat(guest.getInVain(TestingHost.INTERNET_ADDRESS, 80, "/cgi-bin/who"))
                .isEmpty();
        assertThat(guest.getInVain(METADATA, 80, "/")).isEmpty();

        host.run(
                "iptables",
                "-D",
                FirewallRules.FORWARD,
                "-i",
                settings.bridge(),
                "!",
                "-s",
                "10.77.0.0/24",
                "-j",
                "DROP");
        assertThat(guest.get(TestingHost.INTERNET_ADDRESS, 80, "/cgi-bin/who"))
                .as("without our rule it does get out, so it was our rule that stopped it")
                .isEqualTo("called by 203.0.113.9");
    }

    @Test
    void guestIsReachedFromOutsideUnlessInboundIsBlocked() throws IOException {
        TestingGuest guest = guest("guest-a");
        host.serveWhoCalls(guest.namespace);
        String address = network.portOf("guest-a").orElseThrow().address().toString();
        host.in(host.internet(), "ip", "route", "add", "10.77.0.0/24", "via", TestingHost.UPLINK_ADDRESS);
        TestingGuest outside = new TestingGuest(host, host.internet(), host.directory);

        await("the guest's web server answers").untilAsserted(() -> assertThat(outside.get(address, 80, "/cgi-bin/who"))
                .isEqualTo("called by " + TestingHost.INTERNET_ADDRESS));
        network.stop();
        network = host.network(TestingNetworkSettings.with(
                settings.addressing(), TestingNetworkSettings.routing(true, Inbound.BLOCKED, "")));
        network.reconcile();

        assertThat(outside.getInVain(address, 80, "/cgi-bin/who")).isEmpty();
        assertThat(guest.get(TestingHost.INTERNET_ADDRESS, 80, "/cgi-bin/who"))
                .as("outwards still works")
                .isNotEmpty();
    }

    @Test
    void portsComeAndGoWhileDnsmasqRuns() throws IOException {
        TestingGuest first = guest("guest-a");
        Port released = network.portOf("guest-a").orElseThrow();
        host.database.execute(handle -> network.release(handle, "guest-a"));
        network.apply();

        await("the released port gets no answer").until(() -> first.asksInVain("1"));

        // The same address for another MAC at once, although the first lease had not run out.
        Port next = host.database.transaction(handle ->
                network.allocate(handle, "guest-b", "guest-b", Optional.empty(), Optional.of(released.address())));
        network.apply();
        TestingGuest second = host.attach(next, settings.bridge());
        await("the new port gets the address").untilAsserted(() -> assertThat(second.dhcp())
                .containsEntry("ip", released.address().toString()));
        assertThat(resolves(second, "guest-a.guests.example")).isFalse();
        assertThat(resolves(second, "guest-b.guests.example")).isTrue();
    }

    private TestingGuest guest(String name) throws IOException {
        TestingGuest guest = host.attach(port(name), settings.bridge());
        guest.dhcp();
        return guest;
    }

    private Port port(String name) {
        Port port = host.database.transaction(
                handle -> network.allocate(handle, name, name, Optional.empty(), Optional.empty()));
        network.apply();
        return port;
    }

    private static boolean resolves(TestingGuest guest, String name) {
        return succeeds(guest, "busybox", "nslookup", name, GATEWAY);
    }

    private static boolean pings(TestingGuest guest, String address) {
        return succeeds(guest, "busybox", "ping", "-c", "1", "-W", "1", address);
    }

    private static boolean succeeds(TestingGuest guest, String... argv) {
        try {
            guest.run(argv);
            return true;
        } catch (CommandFailed e) {
            return false;
        }
    }
}
