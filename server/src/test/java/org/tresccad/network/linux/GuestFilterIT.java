package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.network.FilterSink;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Port;
import org.tresccad.network.TestingNetworkSettings;
import org.tresccad.process.CommandFailed;
import org.tresccad.state.DurableFiles;

/**
 * The guest filter as a real libvirtd applies it, bound to a guest's interface without a domain. Needs libvirtd, virsh
 * and ebtables besides what {@link GuestTrafficIT} needs; run it the same way.
 */
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
        Path script = host.directory.resolve("private-libvirtd.sh");
        Files.copy(
                Objects.requireNonNull(GuestFilterIT.class.getResourceAsStream("private-libvirtd.sh")),
                script,
                StandardCopyOption.REPLACE_EXISTING);
        Path root = Files.createDirectories(host.directory.resolve("libvirt"));
        host.start("unshare", "--mount", "sh", script.toString(), root.toString());
        await("libvirtd answers").atMost(Duration.ofMinutes(3)).until(() -> answers("nwfilter-list"));
        network = host.network(settings, new VirshFilterSink());
        network.reconcile();
        port = port("guest-a");
        other = port("guest-b");
        guest = host.attach(port, settings.bridge());
        bind(port);
        host.serve(GATEWAY, settings.guestApiPort(), "the guest API");
    }

    @AfterEach
    void tearDown() throws IOException {
        try {
            // A failed test may have left it deleted.
            answers("nwfilter-binding-delete", port.tap());
            network.cleanup();
            assertThat(virsh("nwfilter-list")).doesNotContain("tresccad-guest");
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
                .as("after the filter was defined once more")
                .isNotEmpty();
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
        virsh("nwfilter-binding-delete", port.tap());
        await("without the filter it is taken for the other guest")
                .untilAsserted(() -> assertThat(guest.get("169.254.169.254", 80, "/"))
                        .isEqualTo("the guest API for " + other.address()));
        bind(port);
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
        virsh("nwfilter-binding-delete", port.tap());
        assertThat(hostArps(other, 25))
                .as("without the filter the wrong guest answers")
                .isTrue();
        bind(port);
    }

    @Test
    void anotherMacCannotBeUsed() throws IOException {
        guest.dhcp();
        guest.run("ip", "link", "set", "eth0", "address", other.mac().value());
        guest.run("ip", "route", "replace", "default", "via", GATEWAY);

        assertThat(guest.asksInVain("1")).isTrue();
        assertThat(guest.getInVain("169.254.169.254", 80, "/")).isEmpty();
    }

    private static void knows(TestingGuest who, String address, String mac, String device) {
        who.run("ip", "neighbour", "replace", address, "lladdr", mac, "nud", "permanent", "dev", device);
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

    /** What libvirt does itself for an interface of a domain. */
    private void bind(Port bound) throws IOException {
        Path file = Files.writeString(host.directory.resolve("binding.xml"), """
                <filterbinding>
                  <owner><name>guest</name><uuid>%s</uuid></owner>
                  <portdev name='%s'/>
                  <mac address='%s'/>
                  <filterref filter='tresccad-guest'>
                    <parameter name='MAC' value='%s'/>
                    <parameter name='IP' value='%s'/>
                  </filterref>
                </filterbinding>
                """.formatted(
                        bound.id(), bound.tap(), bound.mac(), bound.mac(), bound.address()));
        virsh("nwfilter-binding-create", file.toString());
    }

    private boolean answers(String command, String... arguments) {
        try {
            virsh(command, arguments);
            return true;
        } catch (CommandFailed e) {
            return false;
        }
    }

    private String virsh(String command, String... arguments) {
        String[] argv = new String[arguments.length + 4];
        argv[0] = "virsh";
        argv[1] = "--connect";
        argv[2] = "qemu:///system?socket=" + host.directory.resolve("libvirt/run/libvirt-sock");
        argv[3] = command;
        System.arraycopy(arguments, 0, argv, 4, arguments.length);
        return host.run(argv);
    }

    private final class VirshFilterSink implements FilterSink {
        @Override
        public void define(String name, String xml) {
            Path file = host.directory.resolve("filter.xml");
            DurableFiles.write(file, xml);
            virsh("nwfilter-define", file.toString());
        }

        @Override
        public void remove(String name) {
            virsh("nwfilter-undefine", name);
        }
    }
}
