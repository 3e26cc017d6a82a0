package org.tresccad.network.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.tresccad.network.Port;
import org.tresccad.state.DurableFiles;

/**
 * dnsmasq's lease file: one line per lease, {@code EXPIRY MAC ADDRESS NAME CLIENT-ID}. dnsmasq keeps a lease until it
 * expires and until then refuses its address to anybody else, even to the one it is now configured for; so leases whose
 * port is gone have to be taken out.
 */
final class DnsmasqLeases {
    private final Path file;

    DnsmasqLeases(Path file) {
        this.file = file;
    }

    /** Whether a lease is held that none of {@code ports} backs. */
    boolean hasStale(List<Port> ports) {
        Set<String> backed = backedBy(ports);
        return read().stream().anyMatch(line -> !isBacked(line, backed));
    }

    /** Takes such leases out; only while dnsmasq is stopped, which would write them again. */
    void removeStale(List<Port> ports) {
        Set<String> backed = backedBy(ports);
        List<String> lines = read();
        List<String> kept =
                lines.stream().filter(line -> isBacked(line, backed)).toList();
        if (kept.size() < lines.size()) {
            DurableFiles.write(file, kept.stream().map(line -> line + "\n").collect(Collectors.joining()));
        }
    }

    private List<String> read() {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> backedBy(List<Port> ports) {
        return ports.stream().map(port -> port.mac() + " " + port.address()).collect(Collectors.toSet());
    }

    private static boolean isBacked(String line, Set<String> backed) {
        String[] fields = line.split(" ", -1);
        return fields.length >= 3 && backed.contains(fields[1] + " " + fields[2]);
    }
}
