package org.tresccad.network.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.network.GuestNetwork;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.network.Network;
import org.tresccad.network.NetworkConflict;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Port;
import org.tresccad.network.SqlitePorts;
import org.tresccad.process.CommandFailed;
import org.tresccad.process.Processes;
import org.tresccad.state.Database;

/**
 * The guest network of a Linux host: ports in the database, a bridge, packet filters, and dnsmasq. Thread-safe.
 *
 * <p>What a move needs at the target is here already: the same gateway MAC on every host (see {@link Bridge}) and short
 * leases. The gratuitous ARP of a resumed guest is QEMU's.
 */
public final class LinuxNetwork implements Network {
    private static final Logger log = LoggerFactory.getLogger(LinuxNetwork.class);

    private final NetworkSettings settings;
    private final Path directory;
    private final SqlitePorts ports;
    private final Bridge bridge;
    private final Firewall firewall;
    private final GuestFilter filter;
    private final DnsmasqDhcp dhcp;
    private OptionalInt mtu = OptionalInt.empty();

    /**
     * A network whose files live in {@code directory}, made if absent. Nothing happens before {@link #reconcile}.
     *
     * @param directory of our own; those above it should be open to others (0711), else dnsmasq has to stay root
     */
    public LinuxNetwork(NetworkSettings settings, Path directory, Database database, Processes processes) {
        this.settings = settings;
        this.directory = directory;
        this.ports = new SqlitePorts(database, settings.addressing());
        this.bridge = new Bridge(settings, new IpCommand(processes), new KernelSettings());
        this.firewall = new Firewall(settings, directory, processes);
        this.filter = new GuestFilter(directory, processes);
        this.dhcp = new DnsmasqDhcp(settings, directory, processes);
    }

    @Override
    public Port allocate(
            Handle transaction, String owner, String hostname, Optional<MacAddress> mac, Optional<Ipv4> address) {
        return ports.allocate(transaction, owner, hostname, mac, address);
    }

    @Override
    public void release(Handle transaction, String owner) {
        ports.release(transaction, owner);
    }

    @Override
    public Optional<Port> portOf(String owner) {
        return ports.portOf(owner);
    }

    @Override
    public Optional<Port> portAt(Ipv4 address) {
        return ports.portAt(address);
    }

    @Override
    public List<Port> ports() {
        return ports.ports();
    }

    @Override
    public boolean isFree(Ipv4 address) {
        return ports.isFree(address);
    }

    @Override
    public synchronized void apply() {
        makeDirectory();
        List<Port> current = ports.ports();
        filter.apply(current);
        dhcp.apply(current);
    }

    @Override
    public synchronized GuestNetwork guestNetwork() {
        return new GuestNetwork(
                settings.bridge(),
                settings.addressing().gateway(),
                settings.addressing().subnet().prefixLength(),
                mtu());
    }

    /**
     * {@inheritDoc}
     *
     * @throws NetworkConflict when the bridge or the addresses are in use otherwise; nothing was changed then
     */
    @Override
    public synchronized void reconcile() {
        List<Port> current = ports.ports();
        requireFitting(current);
        try {
            bridge.requireUsable();
            makeDirectory();
            mtu = OptionalInt.of(bridge.mtu());
            // Before the bridge: there must be no moment in which guests reach an unprotected host.
            firewall.apply();
            filter.apply(current);
            bridge.ensure(mtu());
            dhcp.start(current, mtu());
        } catch (CommandFailed e) {
            log.error("{} failed: {}", e.program(), e.stderrTail().strip());
            throw e;
        }
    }

    @Override
    public synchronized void stop() {
        dhcp.stop();
    }

    /**
     * {@inheritDoc}
     *
     * <p>IPv4 forwarding stays switched on, since others on the host may rely on it. Everything that can be removed is,
     * before a failure is thrown.
     */
    @Override
    public synchronized void cleanup() {
        makeDirectory();
        List<Runnable> steps = List.of(
                dhcp::remove,
                // The rules outlive the bridge, as they came before it.
                bridge::remove,
                firewall::remove,
                filter::remove,
                this::removeDirectory);
        List<RuntimeException> failures = new ArrayList<>();
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException e) {
                log.error("a part of the guest network could not be removed", e);
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
    }

    private void removeDirectory() {
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int mtu() {
        if (mtu.isEmpty()) {
            mtu = OptionalInt.of(bridge.mtu());
        }
        return mtu.getAsInt();
    }

    private void requireFitting(List<Port> current) {
        for (Port port : current) {
            if (!settings.addressing().isForGuests(port.address())) {
                throw new NetworkConflict("Instance " + port.owner() + " has the address " + port.address()
                        + ", which the configured guest network "
                        + settings.addressing().subnet()
                        + " cannot give to guests; configure the former network again, or delete the instance there.");
            }
        }
    }

    private void makeDirectory() {
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
