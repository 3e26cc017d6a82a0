package org.tresccad.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What a host holds. Two that were taken while the same guests were there are equal, whatever happened in between.
 *
 * @param files below the state directory, by their paths; SQLite's own come and go
 * @param domains libvirt's, running or not
 * @param ports of guests: addresses in the database
 * @param leases lines in the file of fixed DHCP leases
 * @param taps network interfaces that are not the host's own
 * @param rules of the packet filter and of address translation
 * @param cards that the guest filter lets send, by tap and MAC
 */
record Inventory(
        List<String> files,
        List<String> domains,
        List<String> ports,
        List<String> leases,
        List<String> taps,
        List<String> rules,
        List<String> cards) {

    static Inventory of(Host host) {
        return new Inventory(
                files(host.state()),
                host.domains().stream().map(Inventory::withoutRandom).sorted().toList(),
                host.query("SELECT owner || ' ' || mac || ' ' || address FROM port ORDER BY owner"),
                lines(read(host.state().resolve("network/dhcp-hosts"))),
                lines(host.exec("sh", "-c", "ls /sys/class/net").succeeded().out()).stream()
                        .filter(name -> !List.of("lo", "eth0").contains(name))
                        .toList(),
                lines(host.exec("sh", "-c", "iptables-save | grep '^-A'")
                        .succeeded()
                        .out()),
                lines(host.exec("sh", "-c", "nft list set bridge tresccad cards | grep -o '\"trc[^,}]*'")
                        .out()));
    }

    private static List<String> files(Path state) {
        return PresentFiles.below(state).stream()
                .map(path -> state.relativize(path).toString())
                .filter(path -> !path.startsWith("tresccad.db"))
                // Content is spread over directories that stay.
                .filter(path -> !path.matches("content/[0-9a-f]{2}"))
                .sorted()
                .toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(String text) {
        return text.lines()
                .map(line -> withoutRandom(line.strip()))
                .filter(line -> !line.isEmpty())
                .sorted()
                .toList();
    }

    /** A domain and its tap get new names each time the guest comes. */
    private static String withoutRandom(String name) {
        return name.replaceAll("\\btresccad-[0-9a-f]{8}-[0-9a-f-]{27}\\b", "tresccad-*")
                .replaceAll("\\btrc[0-9a-f]{12}\\b", "trc*");
    }

    /** The same but for what a host keeps of guests that have left. */
    Inventory withoutKept() {
        return withoutKept(Set.of());
    }

    /** The same, and but for the contents with these digests, which are there for nothing else. */
    Inventory withoutKept(Set<String> contents) {
        return new Inventory(
                files.stream()
                        .filter(file -> !file.startsWith("kept"))
                        .filter(file -> !contents.contains(file.substring(file.lastIndexOf('/') + 1)))
                        .toList(),
                domains,
                ports,
                leases,
                taps,
                rules,
                cards);
    }
}
