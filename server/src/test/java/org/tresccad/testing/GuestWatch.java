package org.tresccad.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tresccad.hypervisor.DomainName;

/**
 * Sees every guest of every host that shares it, at every instant. A guest writes one character to its disk each time
 * its CPUs begin to run, and remembers in its memory how many it has written; so a guest that runs twice, on an older
 * disk, or from an older memory, shows.
 */
public final class GuestWatch {
    private final Map<String, DomainName> running = new HashMap<>();
    private final List<String> violations = new ArrayList<>();

    /** What has gone wrong so far. */
    public synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    /** The names of the guests that run. */
    public synchronized List<String> running() {
        return List.copyOf(running.keySet());
    }

    /** The CPUs of a guest begin to run; answers what is in its memory then. */
    synchronized int begins(String guest, DomainName domain, int memory, Path disk) {
        DomainName other = running.put(guest, domain);
        if (other != null && !other.equals(domain)) {
            violations.add(guest + " runs twice: as " + other + " and as " + domain);
        }
        int onDisk = count(disk);
        if (onDisk != memory) {
            violations.add(guest + " remembers " + memory + " writes, its disk has " + onDisk);
        }
        try {
            Files.writeString(disk, Files.readString(disk) + '.');
        } catch (IOException e) {
            violations.add(guest + " runs without its disk: " + e);
        }
        return onDisk + 1;
    }

    /** They have stopped. */
    synchronized void ends(String guest, DomainName domain) {
        running.remove(guest, domain);
    }

    /** How often a guest with that disk has begun to run. */
    static int count(Path disk) {
        try {
            return (int) Files.readString(disk).chars().filter(c -> c == '.').count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
