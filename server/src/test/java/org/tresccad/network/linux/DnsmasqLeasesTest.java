package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.network.Port;
import org.tresccad.network.PortId;

class DnsmasqLeasesTest {
    private static final String MINE = "1795182000 52:54:00:00:00:01 10.77.0.2 one *\n";
    private static final String GONE = "1795182001 52:54:00:00:00:02 10.77.0.3 two *\n";
    private static final Port PORT = new Port(
            PortId.random(), "owner", new MacAddress("52:54:00:00:00:01"), Ipv4.parse("10.77.0.2"), "one", "tap");

    @TempDir
    Path directory;

    @Test
    void leaseOfAPortThatIsGoneIsTakenOut() throws IOException {
        Path file = Files.writeString(directory.resolve("leases"), MINE + GONE);
        DnsmasqLeases leases = new DnsmasqLeases(file);

        assertThat(leases.hasStale(List.of(PORT))).isTrue();
        leases.removeStale(List.of(PORT));

        assertThat(file).hasContent(MINE);
        assertThat(leases.hasStale(List.of(PORT))).isFalse();
    }

    @Test
    void leaseOfAnotherMacForTheSameAddressIsStale() throws IOException {
        Path file = Files.writeString(directory.resolve("leases"), MINE.replace(":01 ", ":09 "));

        assertThat(new DnsmasqLeases(file).hasStale(List.of(PORT))).isTrue();
    }

    @Test
    void absentFileHasNoLeases() {
        assertThat(new DnsmasqLeases(directory.resolve("absent")).hasStale(List.of()))
                .isFalse();
    }
}
