package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.network.GuestNetwork;
import org.tresccad.network.Ipv4;
import org.tresccad.network.NetworkConflict;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.NetworkSettings.Inbound;
import org.tresccad.network.Port;
import org.tresccad.network.TestingNetworkSettings;

/** What is on the host before, during and after: reconcile, crashes, conflicts, cleanup. Run it as {@link GuestTrafficIT}. */
class LinuxNetworkIT {
    private final NetworkSettings settings = TestingNetworkSettings.usual();
    private final String bridge = settings.bridge();
    private TestingHost host;
    private LinuxNetwork network;

    @BeforeEach
    void setUp() throws IOException {
        host = new TestingHost();
        network = host.network(settings);
        // Somebody else's rules, in every table and chain that gets ours.
        for (String program : List.of("iptables", "ip6tables")) {
            String address = program.equals("iptables") ? "192.0.2.7" : "2001:db8::7";
            host.run(program, "-A", "INPUT", "-s", address, "-j", "ACCEPT");
            host.run(program, "-A", "FORWARD", "-s", address, "-j", "ACCEPT");
        }
        host.run("iptables", "-t", "nat", "-A", "PREROUTING", "-s", "192.0.2.7", "-j", "ACCEPT");
        host.run("iptables", "-t", "nat", "-A", "POSTROUTING", "-s", "192.0.2.7", "-j", "ACCEPT");
    }

    @AfterEach
    void tearDown() throws IOException {
        try {
            network.stop();
            for (String[] table :
                    new String[][] {{"iptables", "filter"}, {"iptables", "nat"}, {"ip6tables", "filter"}}) {
                host.run(table[0], "-t", table[1], "-F");
                host.run(table[0], "-t", table[1], "-X");
            }
            host.run("nft", "flush", "ruleset", "bridge");
            new IpCommand(host.processes).link(bridge).ifPresent(link -> host.run("ip", "link", "delete", bridge));
        } finally {
            host.close();
        }
    }

    @Test
    void cleanupLeavesTheHostExactlyAsItWas() {
        String before = host.fingerprint();
        network.reconcile();
        port("guest-a");
        assertThat(host.fingerprint())
                .contains("TRESCCAD-INPUT")
                .contains(bridge)
                .contains("table bridge tresccad");

        network.cleanup();

        assertThat(host.fingerprint()).isEqualTo(before);
        assertThat(dnsmasqs()).isEmpty();
        assertThat(host.directory.resolve("network")).doesNotExist();
    }

    @Test
    void cleanupOfNothingDoesNothing() {
        String before = host.fingerprint();

        network.cleanup();

        assertThat(host.fingerprint()).isEqualTo(before);
    }

    @Test
    void reconcileTwiceChangesNothing() {
        network.reconcile();
        String once = host.fingerprint();

        network.reconcile();

        assertThat(host.fingerprint()).isEqualTo(once);
        assertThat(dnsmasqs()).hasSize(1);
    }

    @Test
    void reconcileRepairsWhatIsBrokenOrHalfDone() {
        network.reconcile();
        String whole = host.fingerprint();
        host.run("ip", "address", "flush", "dev", bridge);
        host.run("ip", "link", "set", bridge, "down", "mtu", "1300");
        host.run("iptables", "-F", FirewallRules.INPUT);
        host.run("iptables", "-D", "FORWARD", "-j", FirewallRules.FORWARD);
        host.run("iptables", "-t", "nat", "-I", "POSTROUTING", "-j", FirewallRules.NAT_POST);
        host.run("iptables", "-I", "INPUT", "-s", "192.0.2.8", "-j", "ACCEPT");
        host.run("ip6tables", "-D", "INPUT", "-j", FirewallRules.INPUT);

        network.reconcile();

        host.run("iptables", "-D", "INPUT", "-s", "192.0.2.8", "-j", "ACCEPT");
        assertThat(host.fingerprint()).isEqualTo(whole);
    }

    @Test
    void bridgeHasAStableAddressAndNoSpanningTree() throws IOException {
        network.reconcile();
        String details = host.run("ip", "-d", "link", "show", bridge);
        assertThat(details).contains("stp_state 0").contains("forward_delay 0").contains(Bridge.MAC);

        host.attach(port("guest-a"), bridge);

        assertThat(host.run("ip", "link", "show", bridge)).contains(Bridge.MAC);
        assertThat(host.run("ip", "-6", "address", "show", "dev", bridge)).isEmpty();
    }

    @Test
    void theBridgeOfAnEarlierVersionGetsTheAddressOfAllGatewaysAndGuestsAreTold() throws IOException {
        String before = Bridge.macOf(bridge);
        assertThat(before).isNotEqualTo(Bridge.MAC);
        network.reconcile();
        host.run("ip", "link", "set", bridge, "address", before);
        TestingGuest guest = host.attach(port("guest-a"), bridge);
        guest.dhcp();
        guest.get("169.254.169.254", 80, "/");
        assertThat(guest.run("ip", "neighbour", "show", "10.77.0.1")).contains(before);

        network.reconcile();

        assertThat(host.run("ip", "link", "show", bridge)).contains(Bridge.MAC);
        await("the guest to be told").untilAsserted(() -> assertThat(guest.run("ip", "neighbour", "show", "10.77.0.1"))
                .contains(Bridge.MAC));
    }

    @Test
    void mtuFollowsTheUplinkAndTheFactsForGuestsSaySo() {
        host.run("ip", "link", "set", TestingHost.UPLINK, "mtu", "1400");

        network.reconcile();

        assertThat(network.guestNetwork()).isEqualTo(new GuestNetwork(bridge, Ipv4.parse("10.77.0.1"), 24, 1400));
        assertThat(new IpCommand(host.processes).link(bridge).orElseThrow().mtu())
                .isEqualTo(1400);
    }

    @Test
    void foreignBridgeOfTheSameNameIsRefusedAndLeftAlone() {
        host.run("ip", "link", "add", bridge, "type", "bridge");
        host.run("ip", "address", "add", "192.0.2.1/24", "dev", bridge);
        String before = host.fingerprint();

        assertThatThrownBy(network::reconcile)
                .isInstanceOf(NetworkConflict.class)
                .hasMessageContaining(bridge);
        assertThatThrownBy(network::cleanup).isInstanceOf(NetworkConflict.class);

        assertThat(host.fingerprint()).isEqualTo(before);
        assertThat(dnsmasqs()).isEmpty();
    }

    @Test
    void foreignPortOrAddressOnOurBridgeIsRefused() {
        network.reconcile();
        host.run("ip", "link", "add", "stranger", "master", bridge, "type", "veth");

        assertThatThrownBy(network::reconcile)
                .isInstanceOf(NetworkConflict.class)
                .hasMessageContaining("stranger");
        host.run("ip", "link", "delete", "stranger");
        host.run("ip", "address", "add", "192.0.2.1/24", "dev", bridge);

        assertThatThrownBy(network::reconcile)
                .isInstanceOf(NetworkConflict.class)
                .hasMessageContaining("192.0.2.1");
    }

    @Test
    void networkThatOverlapsWithOneOfTheHostsIsRefused() {
        NetworkSettings overlapping = TestingNetworkSettings.with(
                TestingNetworkSettings.addressing("198.51.0.0/16", "198.51.0.1"), settings.routing());
        String before = host.fingerprint();

        assertThatThrownBy(host.network(overlapping)::reconcile)
                .isInstanceOf(NetworkConflict.class)
                .hasMessageContaining(TestingHost.UPLINK);
        assertThat(host.fingerprint()).isEqualTo(before);
    }

    @Test
    void portOutsideTheConfiguredNetworkIsRefused() {
        port("guest-a");
        NetworkSettings moved = TestingNetworkSettings.with(
                TestingNetworkSettings.addressing("10.78.0.0/24", "10.78.0.1"),
                TestingNetworkSettings.routing(true, Inbound.ALLOWED, ""));

        assertThatThrownBy(host.network(moved)::reconcile)
                .isInstanceOf(NetworkConflict.class)
                .hasMessageContaining("guest-a");
    }

    @Test
    void killedDnsmasqComesBackAndKeepsServing() throws IOException {
        network.reconcile();
        Port port = port("guest-a");
        TestingGuest guest = host.attach(port, bridge);
        guest.dhcp();
        ProcessHandle first = dnsmasqs().get(0);

        first.destroyForcibly();

        await("another dnsmasq").until(() -> dnsmasqs().stream().anyMatch(other -> other.pid() != first.pid()));
        assertThat(guest.dhcp()).containsEntry("ip", port.address().toString());
    }

    @Test
    void dnsmasqRunsWithoutPrivileges() throws IOException {
        network.reconcile();
        long pid = dnsmasqs().get(0).pid();

        await("it has become another user")
                .untilAsserted(() -> assertThat(Files.readAllLines(Path.of("/proc/" + pid + "/status")))
                        .filteredOn(line -> line.startsWith("Uid:"))
                        .noneMatch(line -> line.contains("\t0\t")));
    }

    @Test
    void stoppedDaemonLeavesGuestsTheirNetwork() throws IOException {
        network.reconcile();
        TestingGuest guest = host.attach(port("guest-a"), bridge);
        guest.dhcp();

        network.stop();

        assertThat(dnsmasqs()).isEmpty();
        assertThat(guest.get(TestingHost.INTERNET_ADDRESS, 80, "/cgi-bin/who"))
                .isEqualTo("called by " + TestingHost.UPLINK_ADDRESS);
    }

    @Test
    void afterAKilledDaemonTheNextOneTakesOver() throws Exception {
        Port port = host.database.transaction(
                handle -> network.allocate(handle, "guest-a", "guest-a", Optional.empty(), Optional.empty()));
        Process daemon = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DaemonThatIsKilled.class.getName(),
                        host.directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = daemon.inputReader()) {
            assertThat(output.lines().anyMatch("ready"::equals)).isTrue();
        } finally {
            daemon.destroyForcibly();
            assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        ProcessHandle orphan = dnsmasqs().get(0);
        TestingGuest guest = host.attach(port, bridge);
        assertThat(guest.dhcp())
                .as("the orphan serves while no daemon runs")
                .containsEntry("ip", port.address().toString());
        String left = host.fingerprint();

        network.reconcile();

        assertThat(host.fingerprint()).isEqualTo(left);
        await("the orphan to be gone").until(() -> !orphan.isAlive());
        assertThat(dnsmasqs()).hasSize(1);
        assertThat(guest.dhcp()).containsEntry("ip", port.address().toString());
    }

    private Port port(String name) {
        Port port = host.database.transaction(
                handle -> network.allocate(handle, name, name, Optional.empty(), Optional.empty()));
        network.apply();
        return port;
    }

    private List<ProcessHandle> dnsmasqs() {
        String config = "--conf-file=" + host.directory.resolve("network/dnsmasq.conf");
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .arguments()
                        .filter(arguments -> List.of(arguments).contains(config))
                        .isPresent())
                .toList();
    }
}
