package org.tresccad.daemon;

import java.time.Duration;
import java.util.Map;
import org.tresccad.daemon.config.Config;
import org.tresccad.daemon.config.FlavorConfig;
import org.tresccad.daemon.config.HypervisorConfig;
import org.tresccad.daemon.config.QuotaConfig;
import org.tresccad.handover.Register;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.instance.ActionLog;
import org.tresccad.instance.Actions;
import org.tresccad.instance.Admission;
import org.tresccad.instance.Annotations;
import org.tresccad.instance.AnswerClaim;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.BlankDisk;
import org.tresccad.instance.BootInstance;
import org.tresccad.instance.Capacity;
import org.tresccad.instance.ConcludeArrival;
import org.tresccad.instance.DeleteInstance;
import org.tresccad.instance.DomainSpecs;
import org.tresccad.instance.EditInstance;
import org.tresccad.instance.EndArrival;
import org.tresccad.instance.Flavor;
import org.tresccad.instance.Flavors;
import org.tresccad.instance.FreezeInstance;
import org.tresccad.instance.GuestClock;
import org.tresccad.instance.GuestEvents;
import org.tresccad.instance.GuestListeners;
import org.tresccad.instance.InstanceFiles;
import org.tresccad.instance.InstanceLocks;
import org.tresccad.instance.Instances;
import org.tresccad.instance.KeptElsewhere;
import org.tresccad.instance.KeyPairs;
import org.tresccad.instance.LegacyPackages;
import org.tresccad.instance.PackInstance;
import org.tresccad.instance.Platforms;
import org.tresccad.instance.PowerInstance;
import org.tresccad.instance.Preflight;
import org.tresccad.instance.PrepareGuest;
import org.tresccad.instance.Quarantine;
import org.tresccad.instance.Quotas;
import org.tresccad.instance.ReceivePackage;
import org.tresccad.instance.Reclaims;
import org.tresccad.instance.ReconcileInstances;
import org.tresccad.instance.Reservations;
import org.tresccad.instance.Residues;
import org.tresccad.instance.RestoreInstance;
import org.tresccad.instance.SaveInstance;
import org.tresccad.instance.SharedContent;
import org.tresccad.instance.SnapshotInstance;
import org.tresccad.instance.StandStill;
import org.tresccad.instance.UnpackInstance;
import org.tresccad.job.Measurements;
import org.tresccad.migration.BaselinePlatform;
import org.tresccad.migration.CheckMove;
import org.tresccad.migration.Destinations;
import org.tresccad.migration.Inbox;
import org.tresccad.migration.MoveEngine;
import org.tresccad.migration.MoveInstance;
import org.tresccad.migration.MoveToCloud;
import org.tresccad.migration.Moves;
import org.tresccad.migration.PrepareMove;
import org.tresccad.migration.ReclaimInstance;
import org.tresccad.migration.SendAhead;
import org.tresccad.migration.SendInstance;
import org.tresccad.migration.SettleMove;
import org.tresccad.migration.peer.CloudDestinations;
import org.tresccad.migration.peer.CloudInboxes;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageWriter;

/** The upper half of the daemon: what can be done to instances, and their moves. */
final class UseCases {
    private static final Duration SHUTDOWN_PATIENCE = Duration.ofSeconds(30);
    private static final Duration ASK_HOME_AGAIN = Duration.ofSeconds(2);

    /** For how long a freeze waits until the guest that asked for it has closed the connection with the answer. */
    private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(2);

    private static final Duration LOOK_AT_CLOUD = Duration.ofMillis(250);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final long MIB = 1L << 20;

    final Register register = new Register();
    final InstanceLocks locks = new InstanceLocks();
    final Instances instances;
    final Annotations annotations;
    final ActionLog actionLog;
    final Flavors flavors;
    final KeyPairs keyPairs;
    final Quotas quotas;
    final InstanceFiles files;
    final Residues residues;
    final Capacity capacity;
    final Actions actions;
    final BootInstance boot;
    final PowerInstance power;
    final EditInstance edit;
    final DeleteInstance delete;
    final GuestEvents guestEvents;
    final GuestListeners guestListeners = new GuestListeners();
    final StandStill standStill;
    final PrepareGuest prepareGuest;
    final FreezeInstance freeze;
    final SaveInstance save;
    final SnapshotInstance snapshot;
    final RestoreInstance restore;
    final ReceivePackage receive;
    final ConcludeArrival conclude;
    final Arrivals arrivals;
    final Admission admission;
    final AnswerClaim claims;
    final ReconcileInstances reconcile;
    final CloudDestinations destinations;
    final Moves moves;
    final MoveEngine engine;
    final MoveInstance move;
    final CheckMove check;
    final ReclaimInstance reclaim;
    final Quarantine quarantine;
    final Inbox inbox;

    UseCases(Config config, Foundation base, Measurements measurements) {
        String hostName = config.host().name();
        instances = new Instances(base.database);
        annotations = new Annotations(base.database, instances);
        actionLog = new ActionLog(base.database, base.clock);
        flavors = new Flavors(base.database);
        keyPairs = new KeyPairs(base.database);
        arrivals = new Arrivals(base.database);
        moves = new Moves(base.database);
        destinations = new CloudDestinations(base.clouds, base.background);
        quotas = quotas(config.tenancy().quotas());
        files = new InstanceFiles(base.stateDirectory.resolve("instances"));
        residues = new Residues(
                base.database,
                base.contents,
                base.stateDirectory.resolve("kept"),
                config.moves().migration().keepBytes(),
                base.clock);
        KeptElsewhere kept = new KeptElsewhere(base.database);
        SharedContent shared = new SharedContent(base.contents, kept, files, base.hostSeed);
        Reservations reservations = new Reservations(base.clock);
        capacity = new Capacity(
                base.hypervisor,
                instances,
                reservations,
                base.stateDirectory,
                config.host().reserveMemoryBytes() / MIB,
                config.host().reserveDiskBytes());
        quarantine = new Quarantine(base.database, register, instances, locks, base.hypervisor, base.clock);
        Reclaims reclaims = new Reclaims(base.database);
        actions = new Actions(instances, locks, quarantine, base.hypervisor, files, base.jobs, base.clock);
        DomainSpecs specs = new DomainSpecs(base.contents, base.network, files);
        boot = new BootInstance(
                base.database,
                instances,
                base.images,
                base.contents,
                base.network,
                base.hypervisor,
                platforms(config, base.hypervisor, destinations),
                base.overlays,
                specs,
                files,
                capacity,
                quotas,
                reservations,
                keyPairs,
                actions,
                locks,
                base.jobs,
                base.clock);
        guestEvents = new GuestEvents(base.database, instances, base.clock);
        standStill = new StandStill(
                instances, guestEvents, guestListeners, new GuestClock(base.hypervisor, base.jobs), base.changes);
        prepareGuest = new PrepareGuest(
                guestEvents,
                guestListeners,
                base.changes,
                base.clock,
                new PrepareGuest.Patience(
                        config.moves().guests().prepareTime(),
                        config.moves().guests().longestDelay()));
        power = new PowerInstance(
                actions, base.hypervisor, base.network, specs, files, instances, standStill, SHUTDOWN_PATIENCE);
        edit = new EditInstance(instances, quotas, base.clock);
        delete = new DeleteInstance(
                base.database,
                instances,
                locks,
                base.hypervisor,
                base.contents,
                base.network,
                files,
                residues,
                register,
                base.jobs);
        freeze = new FreezeInstance(
                base.database,
                instances,
                register,
                base.hypervisor,
                specs,
                files,
                actions,
                quarantine,
                reclaims,
                locks,
                standStill,
                base.jobs,
                base.clock);
        PackInstance pack = new PackInstance(
                base.hypervisor,
                base.contents,
                base.network,
                files,
                new PackageWriter(base.packageWorkers),
                new Manifest.Home("tresccad", base.hostId, hostName),
                "tresccad " + Version.text(),
                base.clock);
        save = new SaveInstance(
                instances, actions, prepareGuest, freeze, pack, delete, capacity, base.images, base.jobs);
        snapshot = new SnapshotInstance(
                instances, actions, files, base.overlays, base.contents, base.images, capacity, base.jobs);
        Preflight preflight = new Preflight(
                base.hypervisor,
                base.contents,
                base.network,
                instances,
                register,
                base.images,
                residues,
                base.database,
                config.hypervisor().acceptsNewerQemu());
        admission = new Admission(
                preflight,
                capacity,
                quotas,
                reservations,
                instances,
                arrivals,
                register,
                destinations,
                base.database,
                base.hostId,
                hostName);
        UnpackInstance unpack = new UnpackInstance(
                base.database,
                instances,
                base.contents,
                base.overlays,
                base.network,
                base.hypervisor,
                specs,
                files,
                preflight,
                shared,
                kept,
                base.jobs);
        EndArrival ending = new EndArrival(
                base.database,
                instances,
                arrivals,
                quarantine,
                destinations,
                base.hypervisor,
                base.network,
                specs,
                unpack,
                delete,
                files,
                residues,
                base.images,
                actions,
                standStill,
                base.jobs,
                base.clock,
                base.changes,
                base.hostId);
        conclude = new ConcludeArrival(
                base.database,
                instances,
                arrivals,
                register,
                reclaims,
                destinations,
                base.hypervisor,
                unpack,
                ending,
                locks,
                base.jobs,
                base.clock,
                ASK_HOME_AGAIN,
                base.hostId);
        receive = new ReceivePackage(
                base.database,
                arrivals,
                base.images,
                admission,
                unpack,
                conclude,
                ending,
                residues,
                locks,
                base.jobs,
                base.clock,
                base.changes);
        restore = new RestoreInstance(
                base.database,
                instances,
                arrivals,
                base.images,
                base.contents,
                base.network,
                flavors,
                admission,
                new LegacyPackages(
                        base.database, register, base.images, capacity, PackageLimits.STANDARD, base.hostId, hostName),
                new BlankDisk(base.contents),
                receive,
                PackageLimits.STANDARD,
                base.packageWorkers,
                base.clock,
                base.hostId);
        claims = new AnswerClaim(base.database, register, instances, arrivals, quarantine);
        reconcile = new ReconcileInstances(instances, actions, delete, base.hypervisor, files, base.contents, locks);
        MoveToCloud toCloud = new MoveToCloud(base.database, moves, register, destinations, LOOK_AT_CLOUD, base.clock);
        SettleMove settle = new SettleMove(
                base.database,
                instances,
                moves,
                register,
                freeze,
                delete,
                destinations,
                reclaims,
                quarantine,
                toCloud,
                base.jobs,
                FIRST_PAUSE,
                base.clock);
        engine = new MoveEngine(
                instances,
                moves,
                destinations,
                new PrepareMove(instances, pack, base.contents, shared, files, capacity, moves),
                new SendInstance(
                        base.database,
                        instances,
                        moves,
                        new SendAhead(base.hypervisor, files),
                        prepareGuest,
                        freeze,
                        pack,
                        register,
                        settle,
                        toCloud,
                        base.jobs,
                        new SendInstance.Patience(
                                config.moves().migration().packageTimeout(),
                                config.moves().migration().prepareTimeout()),
                        measurements,
                        base.clock),
                settle,
                toCloud,
                locks,
                base.jobs,
                ANSWER_PATIENCE,
                measurements,
                base.clock);
        move = new MoveInstance(
                instances,
                moves,
                destinations,
                engine,
                config.moves().migration().bandwidth(),
                base.clock);
        reclaim = new ReclaimInstance(instances, arrivals, moves, conclude, settle, locks);
        inbox = new Inbox(
                hostName,
                new CloudInboxes(base.clouds, base.accounts)::all,
                base.images,
                arrivals,
                instances,
                delete,
                restore,
                destinations,
                PackageLimits.STANDARD,
                base.packageWorkers,
                base.jobs,
                config.moves().migration().inboxInterval(),
                base.clock);
        check = new CheckMove(instances, destinations, pack, base.contents, capacity);
        flavors.createDefaults(
                config.tenancy().flavors().stream().map(UseCases::flavor).toList());
    }

    /** Takes up, in order, whatever the last end of the daemon left; before the listeners open. */
    void recover() {
        residues.reconcile();
        reconcile.reconcile();
        save.recover();
        snapshot.recover();
        conclude.recover();
        engine.recover();
        freeze.retry();
        standStill.recover();
        actions.followTheHypervisor();
    }

    /** Notices what nobody reports, and tries again what could not be done before; to be called now and then. */
    void keepHouse() {
        reconcile.catchUp();
        receive.retry();
        conclude.retry();
        engine.retry();
        freeze.retry();
        quarantine.retry();
    }

    private static Platforms platforms(Config config, Hypervisor hypervisor, Destinations destinations) {
        return config.hypervisor().cpu().kind() == HypervisorConfig.CpuChoice.Kind.DESTINATIONS_BASELINE
                ? new BaselinePlatform(hypervisor, destinations)
                : project -> hypervisor.newPlatform();
    }

    private static Quotas quotas(QuotaConfig config) {
        QuotaConfig.Compute compute = config.compute();
        return new Quotas(
                compute.instances(), compute.cores(), compute.ramMib(), compute.keyPairs(), compute.metadataItems());
    }

    private static Flavor flavor(FlavorConfig config) {
        return new Flavor(
                config.name(), config.name(), config.vcpus(), config.ramMib(), config.diskGib(), true, Map.of());
    }
}
