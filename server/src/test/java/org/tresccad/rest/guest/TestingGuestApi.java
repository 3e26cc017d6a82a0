package org.tresccad.rest.guest;

import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.daemon.HttpListener;
import org.tresccad.daemon.config.HostPort;
import org.tresccad.daemon.config.HttpLimits;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.BootInstance;
import org.tresccad.instance.FreezeInstance;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.instance.PackInstance;
import org.tresccad.instance.PrepareGuest;
import org.tresccad.job.Changes;
import org.tresccad.job.Measurements;
import org.tresccad.metadata.GuestHistory;
import org.tresccad.metadata.GuestPasswords;
import org.tresccad.metadata.GuestPolicy;
import org.tresccad.metadata.Location;
import org.tresccad.metadata.MigrationPolicy;
import org.tresccad.metadata.SessionTokens;
import org.tresccad.metadata.WhoIsCalling;
import org.tresccad.migration.MoveEngine;
import org.tresccad.migration.MoveInstance;
import org.tresccad.migration.MoveToCloud;
import org.tresccad.migration.Moves;
import org.tresccad.migration.PrepareMove;
import org.tresccad.migration.SendAhead;
import org.tresccad.migration.SendInstance;
import org.tresccad.migration.SettleMove;
import org.tresccad.network.Ipv4;
import org.tresccad.testing.TestingHost;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.PackageWorkers;
import org.tresccad.vmpackage.PackageWriter;

/** The guest listener of a host whose guests have addresses that a test can call from. */
final class TestingGuestApi implements AutoCloseable {
    /** For how long a freeze waits for the guest to close; a busy machine must still tell that from not waiting for it. */
    static final Duration ENGINE_PATIENCE = Duration.ofSeconds(8);

    static final Location HERE = new Location("a", "RegionOne", "nova");
    static final Duration PREPARE_TIME = Duration.ofMinutes(1);
    static final Duration LONGEST_DELAY = Duration.ofSeconds(1);

    final TestingHost host;
    final TestingDestinations destinations = new TestingDestinations();
    final Moves moves;
    final Arrivals arrivals;
    final Changes changes;
    final PrepareGuest preparing;
    private final PackageWorkers workers = PackageWorkers.ofCores();
    private final HttpListener listener;

    /** Serves at a free port of the loopback. */
    TestingGuestApi(Path directory, GuestPolicy rules, GuestLimits limits) {
        this(directory, rules, limits, new HostPort("127.0.0.1", 0));
    }

    TestingGuestApi(Path directory, GuestPolicy rules, GuestLimits limits, HostPort address) {
        host = new TestingHost(directory);
        moves = new Moves(host.database);
        arrivals = new Arrivals(host.database);
        changes = host.changes;
        preparing = host.prepareGuest(PREPARE_TIME, LONGEST_DELAY);
        GuestHistory history = new GuestHistory(arrivals, host.guestEvents);
        MigrationPolicy policy = new MigrationPolicy(rules, host.clock);
        SessionTokens tokens = new SessionTokens(host.clock);
        listener = new HttpListener(
                "guest-api",
                address,
                new HttpLimits(16, 200, 100, Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(5)),
                Optional.empty(),
                GuestApplication.of(
                        new WhoIsCalling(host.network, host.instances),
                        limits,
                        List.of(
                                new RootResource(),
                                new Ec2Resource(HERE, tokens),
                                new OpenStackResource(HERE, host.network, new GuestPasswords(host.database)),
                                new GuestResource(HERE, history),
                                new EventAnswersResource(preparing, tokens),
                                new EventsResource(history, host.guestListeners, changes, HERE, 1),
                                new DestinationsResource(new RecentProbes(destinations), policy, moves, host.files),
                                new MigrationsResource(
                                        moving(), moves, new MovesOfGuest(moves, arrivals, HERE), policy, tokens))),
                Map.of());
        listener.start();
    }

    URI uri() {
        return listener.uri();
    }

    /** A client that calls from {@code address}. */
    GuestHttp guest(String address) {
        return new GuestHttp(listener.uri(), address);
    }

    /** A running instance of {@link TestingHost#MEMBER}'s with that address. */
    Instance boot(String name, String address, Map<String, String> metadata) {
        return boot(name, address, metadata, Optional.empty(), Optional.empty());
    }

    Instance boot(
            String name,
            String address,
            Map<String, String> metadata,
            Optional<String> key,
            Optional<String> userData) {
        Instance building = host.boot
                .boot(
                        TestingHost.MEMBER,
                        new BootInstance.Request(
                                name,
                                TestingHost.TINY,
                                host.image("image-of-" + name).id(),
                                key,
                                metadata,
                                userData,
                                Optional.of(new BootInstance.Nic(Optional.empty(), Optional.of(Ipv4.parse(address)))),
                                1))
                .get(0);
        await("boot of " + name)
                .until(() -> host.instances.find(building.id()).orElseThrow().status() == InstanceStatus.ACTIVE);
        return host.instances.find(building.id()).orElseThrow();
    }

    @Override
    public void close() {
        listener.close();
        workers.close();
        host.close();
    }

    private MoveInstance moving() {
        PackInstance packing = new PackInstance(
                host.hypervisor,
                host.contents,
                host.network,
                host.files,
                new PackageWriter(workers),
                new Manifest.Home("tresccad", UUID.randomUUID(), HERE.host()),
                "tresccad test",
                host.clock);
        FreezeInstance freezing = new FreezeInstance(
                host.database,
                host.instances,
                host.register,
                host.hypervisor,
                host.specs,
                host.files,
                host.actions,
                host.quarantine,
                host.reclaims,
                host.locks,
                host.standStill,
                host.jobs,
                host.clock);
        MoveToCloud toCloud =
                new MoveToCloud(host.database, moves, host.register, destinations, Duration.ofMillis(100), host.clock);
        SettleMove settling = new SettleMove(
                host.database,
                host.instances,
                moves,
                host.register,
                freezing,
                host.delete,
                destinations,
                host.reclaims,
                host.quarantine,
                toCloud,
                host.jobs,
                Duration.ofMillis(100),
                host.clock);
        SendInstance sending = new SendInstance(
                host.database,
                host.instances,
                moves,
                new SendAhead(host.hypervisor, host.files),
                preparing,
                freezing,
                packing,
                host.register,
                settling,
                toCloud,
                host.jobs,
                new SendInstance.Patience(Duration.ofSeconds(10), Duration.ofSeconds(10)),
                Measurements.NONE,
                host.clock);
        MoveEngine engine = new MoveEngine(
                host.instances,
                moves,
                destinations,
                new PrepareMove(host.instances, packing, host.contents, host.shared, host.files, host.capacity, moves),
                sending,
                settling,
                toCloud,
                host.locks,
                host.jobs,
                ENGINE_PATIENCE,
                Measurements.NONE,
                host.clock);
        return new MoveInstance(host.instances, moves, destinations, engine, 0, host.clock);
    }
}
