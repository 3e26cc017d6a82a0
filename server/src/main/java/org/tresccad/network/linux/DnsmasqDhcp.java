package org.tresccad.network.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Port;
import org.tresccad.process.Command;
import org.tresccad.process.Processes;
import org.tresccad.process.Supervised;
import org.tresccad.state.DurableFiles;

/** DHCP and DNS for guests: a dnsmasq of our own, supervised. Not thread-safe, {@link LinuxNetwork} serializes. */
final class DnsmasqDhcp {
    private static final Logger log = LoggerFactory.getLogger(DnsmasqDhcp.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Supervised.Restarts RESTARTS =
            new Supervised.Restarts(Duration.ofMillis(100), Duration.ofSeconds(30));
    private static final List<String> USERS = List.of("dnsmasq", "nobody");

    private final NetworkSettings settings;
    private final Path directory;
    private final Processes processes;
    private final DnsmasqConfig.Files files;
    private final DnsmasqLeases leases;
    private final Supervised dnsmasq;
    private boolean started;
    private boolean reloadPending;

    /** Files live in {@code directory}, which is made if absent. */
    DnsmasqDhcp(NetworkSettings settings, Path directory, Processes processes) {
        this.settings = settings;
        this.directory = directory;
        this.processes = processes;
        this.files = DnsmasqConfig.Files.in(directory);
        this.leases = new DnsmasqLeases(files.leases());
        this.dnsmasq =
                new Supervised(List.of("dnsmasq", "--keep-in-foreground", "--conf-file=" + files.config()), RESTARTS);
    }

    /** Starts dnsmasq with these ports, replacing one that runs, also one a killed daemon left; {@code mtu} in bytes. */
    void start(List<Port> ports, int mtu) {
        dnsmasq.stop();
        String user = user();
        write(files.config(), DnsmasqConfig.config(settings, mtu, files, user));
        writeHosts(ports);
        leases.removeStale(ports);
        // A mistake in the configuration shows here, and not as a program that dies again and again.
        processes.run(Command.of(TIMEOUT, "dnsmasq", "--test", "--conf-file=" + files.config()));
        dnsmasq.start();
        started = true;
        reloadPending = false;
    }

    /** Makes a running dnsmasq agree with {@code ports}; while it is stopped only the files change. */
    void apply(List<Port> ports) {
        reloadPending |= writeHosts(ports);
        if (!started) {
            return;
        }
        if (leases.hasStale(ports)) {
            dnsmasq.stop();
            leases.removeStale(ports);
            dnsmasq.start();
        } else if (reloadPending) {
            OptionalLong pid = dnsmasq.pid();
            // Without a pid it is about to be started again, and then reads the files anyway.
            if (pid.isPresent()) {
                processes.run(Command.of(TIMEOUT, "kill", "-HUP", Long.toString(pid.getAsLong())));
            }
        }
        reloadPending = false;
    }

    /** Ends dnsmasq. */
    void stop() {
        started = false;
        dnsmasq.stop();
    }

    /** Ends dnsmasq and removes its files. */
    void remove() {
        stop();
        try {
            for (Path file : List.of(files.config(), files.dhcpHosts(), files.dnsHosts(), files.leases())) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean writeHosts(List<Port> ports) {
        String domain = settings.dns().domain();
        boolean dhcpChanged = write(files.dhcpHosts(), DnsmasqConfig.dhcpHosts(ports, domain));
        boolean dnsChanged = write(files.dnsHosts(), DnsmasqConfig.dnsHosts(ports, domain));
        return dhcpChanged || dnsChanged;
    }

    /** Writes a file that dnsmasq's user may read; returns whether it changed. */
    private static boolean write(Path file, String text) {
        try {
            boolean changed = !Files.exists(file) || !Files.readString(file).equals(text);
            if (changed) {
                DurableFiles.write(file, text);
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            return changed;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Whom dnsmasq becomes: an unprivileged user, unless no such user could reach the files, which it reads again on
     * SIGHUP.
     */
    private String user() {
        for (Path path = directory.toAbsolutePath(); path != null; path = path.getParent()) {
            if (!isOpenToOthers(path)) {
                log.warn(
                        "dnsmasq runs as root, because its files are below a directory that only its owner may enter;"
                                + " mode 0711 on {} would do",
                        path);
                return "root";
            }
        }
        return USERS.stream()
                .filter(this::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this host has no user of " + USERS));
    }

    private static boolean isOpenToOthers(Path path) {
        try {
            return Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean exists(String user) {
        try {
            directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
            return true;
        } catch (UserPrincipalNotFoundException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
