package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Port;
import org.tresccad.network.TestingNetworkSettings;
import org.tresccad.process.CommandFailed;

/** What the guest filter lets through, with a real bridge and nftables; run it as {@link GuestTrafficIT}. */
class GuestFilterIT {
    private static final String GATEWAY = "10.77.0.1";

    private final NetworkSettings settings = TestingNetworkSettings.usual();
    private TestingHost host;
    private LinuxNetwork network;
    private Port port;
    private Port other;
    private TestingGuest guest;

    @BeforeEach
    void setUp() throws IOException {
        host = new TestingHost();
        network = host.network(settings);
        network.reconcile();
        port = port("guest-a");
        other = port("guest-b");
        guest = host.attach(port, settings.bridge());
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
    void honestGuestNoticesNothing() throws IOException {
        assertThat(guest.dhcp()).containsEntry("ip", port.address().toString());
        assertThat(guest.get("169.254.169.254", 80, "/")).isEqualTo("the guest API for " + port.address());
        assertThat(guest.get(TestingHost.INTERNET_ADDRESS, 80, "/cgi-bin/who"))
                .isEqualTo("called by " + TestingHost.UPLINK_ADDRESS);
        network.reconcile();
        assertThat(guest.get("169.254.169.254", 80, "/"))
                .as("after the filter was made once more")
                .isNotEmpty();
    }

    @Test
    void guestsReachEachOther() throws IOException {
        TestingGuest neighbour = host.attach(other, settings.bridge());
        guest.dhcp();
        neighbour.dhcp();
        host.serveWhoCalls(neighbour.namespace);

        await("the neighbour's web server answers")
                .untilAsserted(() -> assertThat(guest.get(other.address().toString(), 80, "/cgi-bin/who"))
                        .isEqualTo("called by " + port.address()));
    }

    @Test
    void addressOfAnotherGuestCannotBeUsed() throws IOException {
        guest.dhcp();
        guest.run("ip", "address", "replace", other.address() + "/24", "dev", "eth0");
        guest.run(
                "ip",
                "route",
                "replace",
                "default",
                "via",
                GATEWAY,
                "src",
                other.address().toString());
        // ARP is not what fails: both sides know each other's MAC address.
        knows(guest, GATEWAY, Bridge.MAC, "eth0");
        knows(
                TestingGuest.hostItself(host),
                other.address().toString(),
                port.mac().value(),
                settings.bridge());

        assertThat(guest.getInVain("169.254.169.254", 80, "/")).isEmpty();
        withoutFilter();
        await("without the filter it is taken for the other guest")
                .untilAsserted(() -> assertThat(guest.get("169.254.169.254", 80, "/"))
                        .isEqualTo("the guest API for " + other.address()));
    }

    @Test
    void arpForAnotherAddressIsNotHeard() throws IOException {
        guest.dhcp();
        guest.run("ip", "address", "add", other.address() + "/32", "dev", "eth0");

        guest.run(
                "busybox",
                "arping",
                "-U",
                "-c",
                "2",
                "-I",
                "eth0",
                "-s",
                other.address().toString(),
                GATEWAY);

        assertThat(hostArps(other, 2)).as("the host asks who has the address").isFalse();
        withoutFilter();
        assertThat(hostArps(other, 25))
                .as("without the filter the wrong guest answers")
                .isTrue();
    }

    @Test
    void anotherMacCannotBeUsed() throws IOException {
        guest.dhcp();
        guest.run("ip", "link", "set", "eth0", "address", other.mac().value());
        guest.run("ip", "route", "replace", "default", "via", GATEWAY);

        assertThat(guest.asksInVain("1")).isTrue();
        assertThat(guest.getInVain("169.254.169.254", 80, "/")).isEmpty();
    }

    @Test
    void ipv6DoesNotPass() throws IOException {
        TestingGuest neighbour = host.attach(other, settings.bridge());
        address(guest, "fd00::1");
        address(neighbour, "fd00::2");
        host.in(
                guest.namespace,
                "ip",
                "neighbour",
                "add",
                "fd00::2",
                "lladdr",
                other.mac().value(),
                "dev",
                "eth0");
        host.in(
                neighbour.namespace,
                "ip",
                "neighbour",
                "add",
                "fd00::1",
                "lladdr",
                port.mac().value(),
                "dev",
                "eth0");

        assertThat(pings("fd00::2", 2)).isFalse();
        withoutFilter();
        assertThat(pings("fd00::2", 25)).as("without the filter").isTrue();
    }

    @Test
    void guestWhosePortIsGoneCanSendNothing() throws IOException {
        guest.dhcp();
        assertThat(guest.get("169.254.169.254", 80, "/")).isEqualTo("the guest API for " + port.address());

        host.database.execute(handle -> network.release(handle, "guest-a"));
        network.apply();

        assertThat(guest.getInVain("169.254.169.254", 80, "/")).isEmpty();
    }

    private void address(TestingGuest of, String address) {
        host.in(of.namespace, "ip", "-6", "address", "add", address + "/64", "dev", "eth0", "nodad");
    }

    private static void knows(TestingGuest who, String address, String mac, String device) {
        who.run("ip", "neighbour", "replace", address, "lladdr", mac, "nud", "permanent", "dev", device);
    }

    private void withoutFilter() {
        host.run("nft", "delete", "table", "bridge", "tresccad");
    }

    /** Whether the guest gets an answer; one ping a second, {@code times} times. */
    private boolean pings(String address, int times) {
        for (int i = 0; i < times; i++) {
            try {
                guest.run("busybox", "ping", "-c", "1", "-W", "1", address);
                return true;
            } catch (CommandFailed e) {
                // None yet.
            }
        }
        return false;
    }

    /** Whether anybody answers when the host asks once a second, {@code times} times. */
    private boolean hostArps(Port wanted, int times) {
        try {
            host.run(
                    "busybox",
                    "arping",
                    "-f",
                    "-c",
                    Integer.toString(times),
                    "-w",
                    Integer.toString(times + 1),
                    "-I",
                    settings.bridge(),
                    wanted.address().toString());
            return true;
        } catch (CommandFailed e) {
            return false;
        }
    }

    private Port port(String name) {
        Port made = host.database.transaction(
                handle -> network.allocate(handle, name, name, Optional.empty(), Optional.empty()));
        network.apply();
        return made;
    }
}
