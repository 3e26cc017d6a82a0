package org.tresccad.network.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.tresccad.network.Port;
import org.tresccad.process.Command;
import org.tresccad.process.Processes;
import org.tresccad.state.DurableFiles;

/**
 * What guests may send to the bridge and get from it, frame by frame: a guest sends with its own MAC and its own IPv4
 * address only, in Ethernet, ARP and IP alike; it cannot play DHCP server for others; IPv6, VLAN tags and whatever else
 * are dropped. In a table of nftables of our own, replaced as a whole in one commit, whatever the number of guests. A tap
 * that is not, or no longer, that of a port can send nothing.
 *
 * <p>libvirt's nwfilter does the same by some sixty programs that it runs one after the other while the guest waits.
 *
 * @see <a href="https://manpages.debian.org/bookworm/nftables/nft.8.en.html">nft(8)</a>
 */
final class GuestFilter {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static final String TABLE = "table bridge tresccad\n";

    /** Creating it first lets the deletion succeed when it is not there. */
    private static final String WITHOUT = TABLE + "delete " + TABLE;

    /**
     * Frames with a VLAN tag have another type. ARP from 0.0.0.0 is the probe before an address is used (RFC 5227); QEMU
     * announces a guest that arrived by a RARP broadcast in its name (0x8035); DHCP asks before there is an address.
     */
    private static final String CHAINS = """
              chain sent {
                type filter hook prerouting priority dstnat; policy accept;
                iifname != "%1$s" accept
                iifname . ether saddr != @cards drop
                ether type arp goto sent-arp
                ether type 0x8035 ether daddr ff:ff:ff:ff:ff:ff accept
                ether type ip goto sent-ip
                drop
              }
              chain sent-arp {
                iifname . arp saddr ether != @cards drop
                arp saddr ip 0.0.0.0 accept
                iifname . arp saddr ip @addresses accept
                drop
              }
              chain sent-ip {
                ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
                udp sport 67 drop
                iifname . ip saddr @addresses accept
                drop
              }
              chain received {
                type filter hook postrouting priority srcnat; policy accept;
                oifname != "%1$s" accept
                ether type { arp, 0x8035, ip } accept
                drop
              }
            """.formatted(Port.TAP_PREFIX + "*");

    private final Path file;
    private final Processes processes;

    /** The rules are written to {@code directory}, where the operator can read what was applied. */
    GuestFilter(Path directory, Processes processes) {
        this.file = directory.resolve("nft.rules");
        this.processes = processes;
    }

    /** Lets the guests at these ports send, and no others. */
    void apply(List<Port> ports) {
        nft(ruleset(ports));
    }

    /** Removes the table; nothing happens when there is none. */
    void remove() {
        nft(WITHOUT);
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What replaces the table by that for these ports. */
    static String ruleset(List<Port> ports) {
        return WITHOUT
                + "table bridge tresccad {\n"
                + set("cards", "ether_addr", ports, port -> port.mac().value())
                + set("addresses", "ipv4_addr", ports, port -> port.address().toString())
                + CHAINS
                + "}\n";
    }

    private static String set(String name, String type, List<Port> ports, Function<Port, String> value) {
        String elements = ports.stream()
                .map(port -> "\"" + port.tap() + "\" . " + value.apply(port))
                .collect(Collectors.joining(", "));
        return "  set " + name + " {\n    type ifname . " + type + "\n"
                + (elements.isEmpty() ? "" : "    elements = { " + elements + " }\n")
                + "  }\n";
    }

    private void nft(String text) {
        DurableFiles.write(file, text);
        processes.run(Command.of(TIMEOUT, "nft", "--file", file.toString()));
    }
}
