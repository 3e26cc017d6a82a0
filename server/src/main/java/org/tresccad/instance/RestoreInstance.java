package org.tresccad.instance;

import java.io.Closeable;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.Contents;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Changes;
import org.tresccad.job.Jobs;
import org.tresccad.job.Progress;
import org.tresccad.network.AddressInUse;
import org.tresccad.network.Ipv4;
import org.tresccad.network.Network;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.LegacyArchive;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.MemberFailed;
import org.tresccad.vmpackage.PackageInvalid;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageReader;
import org.tresccad.vmpackage.PackageWorkers;
import org.tresccad.vmpackage.ReferenceFailed;
import org.tresccad.vmpackage.VmPackage;

/**
 * Takes a package in: reads what it says of itself, checks, reserves and answers; then, in the background, unpacks it
 * and prepares the guest, paused. {@link ConcludeArrival} does the rest.
 */
public final class RestoreInstance {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreInstance.class);
    private static final String MOVE = "tresccad_move";

    /** How long what an instance left here may still be swept away when it comes back under the same id. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(30);

    private final Database database;
    private final Instances instances;
    private final Arrivals arrivals;
    private final Images images;
    private final Contents contents;
    private final Network network;
    private final Flavors flavors;
    private final Quotas quotas;
    private final Preflight preflight;
    private final LegacyPackages legacy;
    private final BlankDisk blank;
    private final UnpackInstance unpacking;
    private final ConcludeArrival concluding;
    private final Residues residues;
    private final PackageLimits limits;
    private final PackageWorkers workers;
    private final InstanceLocks locks;
    private final Jobs jobs;
    private final Clock clock;
    private final Changes changes;
    private final UUID hostId;
    private final String hostName;
    private final Map<Epoch, Running> running = new ConcurrentHashMap<>();

    /** Wires it; {@code hostId} and {@code hostName} are this host's. */
    public RestoreInstance(
            Database database,
            Instances instances,
            Arrivals arrivals,
            Images images,
            Contents contents,
            Network network,
            Flavors flavors,
            Quotas quotas,
            Preflight preflight,
            LegacyPackages legacy,
            BlankDisk blank,
            UnpackInstance unpacking,
            ConcludeArrival concluding,
            Residues residues,
            PackageLimits limits,
            PackageWorkers workers,
            InstanceLocks locks,
            Jobs jobs,
            Clock clock,
            Changes changes,
            UUID hostId,
            String hostName) {
        this.database = database;
        this.instances = instances;
        this.arrivals = arrivals;
        this.images = images;
        this.contents = contents;
        this.network = network;
        this.flavors = flavors;
        this.quotas = quotas;
        this.preflight = preflight;
        this.legacy = legacy;
        this.blank = blank;
        this.unpacking = unpacking;
        this.concluding = concluding;
        this.residues = residues;
        this.limits = limits;
        this.workers = workers;
        this.locks = locks;
        this.jobs = jobs;
        this.clock = clock;
        this.changes = changes;
        this.hostId = hostId;
        this.hostName = hostName;
    }

    /**
     * Starts the restore of a package, which may still be arriving.
     *
     * @param name the instance's new name; without it, the saved one
     * @return the instance, in status BUILD
     * @throws PackageInvalid when the image is no usable package
     * @throws CannotRunHere with every reason
     */
    public Instance restore(Caller caller, ImageId imageId, Optional<String> name) {
        caller.require(Role.MEMBER);
        Image image = images.get(caller, imageId);
        Source source = open(caller, image);
        try {
            Running work = new Running(new Progress(), new Cancellation());
            Cancellation cancellation = work.cancellation();
            Reserved reserved = begin(caller, image, source, name, work);
            jobs.start("restore of " + reserved.instance().id(), () -> {
                Closeable data = source.data();
                // A package that is still arriving may keep its reader waiting; closing it ends the wait.
                Cancellation.Registration closer = cancellation.onCancel(() -> close(data));
                try (data;
                        closer) {
                    receive(reserved, source.content(), work);
                } catch (IOException e) {
                    LOG.debug("closing the package failed", e);
                } finally {
                    running.remove(reserved.arrival().epoch());
                }
            });
            return reserved.instance();
        } catch (RuntimeException e) {
            close(source.data());
            throw e;
        }
    }

    /** Reads what the package says of itself, whatever its format. */
    private Source open(Caller caller, Image image) {
        PushbackInputStream data =
                new PushbackInputStream(images.open(caller, image.id(), true), LegacyArchive.magicBytes());
        try {
            byte[] start = data.readNBytes(LegacyArchive.magicBytes());
            if (LegacyArchive.isAt(start)) {
                data.close();
                LegacyPackages.Opened opened = legacy.open(caller, image);
                return new Source(opened.content(), opened.archive(), true);
            }
            data.unread(start);
            return new Source(PackageReader.open(data, limits, workers), data, false);
        } catch (IOException e) {
            close(data);
            throw new PackageInvalid("manifest.json", "the package ended before it was complete", e);
        } catch (RuntimeException e) {
            close(data);
            throw e;
        }
    }

    /** Checks and reserves; from here on the epoch is being worked on. */
    private Reserved begin(Caller caller, Image image, Source source, Optional<String> name, Running work) {
        Manifest manifest = source.content().manifest();
        Epoch epoch = epochOf(manifest);
        if (running.putIfAbsent(epoch, work) != null) {
            throw new TresccadException(ErrorKind.CONFLICT, "This package is being restored here already.");
        }
        try {
            check(caller, manifest);
            return reserve(caller, image, source, name);
        } catch (RuntimeException e) {
            running.remove(epoch);
            throw e;
        }
    }

    /** Discards, now and then, what nothing works on because its end could not be journaled: the disk was full, say. */
    public void retry() {
        for (Arrival arrival : arrivals.unfinished()) {
            // Read again when nothing works on it: it may just have become prepared.
            if (!running.containsKey(arrival.epoch())
                    && arrivals.find(arrival.epoch()).orElseThrow().state() == ArrivalState.RECEIVING) {
                concluding.discard(arrival, "The package could not be restored; the log of the destination has more.");
            }
        }
    }

    /**
     * Ends the unpacking of an epoch that its source takes back, if it is going on; the arrival is then discarded.
     *
     * @throws TresccadException CONFLICT when no source pushed it here
     */
    public void cancel(Epoch epoch, String why) {
        arrivals.find(epoch).ifPresent(Arrival::requireTellable);
        Optional.ofNullable(running.get(epoch))
                .ifPresent(work -> work.cancellation().cancel(why));
    }

    private void check(Caller caller, Manifest manifest) {
        Epoch epoch = epochOf(manifest);
        Optional<Arrival> before = arrivals.find(epoch);
        before.ifPresent(RestoreInstance::requireMayComeAgain);
        concluding.requireUndecided(manifest.identity().home(), epoch, before.map(Arrival::claimant));
        List<Preflight.Reason> reasons = preflight.reasons(caller, manifest);
        if (!reasons.isEmpty()) {
            throw new CannotRunHere(hostName, reasons);
        }
        quotas.check(instances.list(caller, false), flavorOf(manifest), 1);
        concluding.requireHome(caller.projectId(), manifest.identity().home());
    }

    /** Keeps the address when it is free, also when somebody else takes it between the look and the transaction. */
    private Reserved reserve(Caller caller, Image image, Source source, Optional<String> name) {
        Manifest manifest = source.content().manifest();
        ContentDigest base =
                manifest.baseImage().map(Manifest.BaseImage::digest).orElseGet(blank::digest);
        Ipv4 address = manifest.hardware().nics().get(0).address();
        if (network.isFree(address)) {
            try {
                return reserve(caller, image, source, name, base, Optional.of(address));
            } catch (AddressInUse e) {
                LOG.debug("the address of a package was taken just now", e);
            }
        }
        return reserve(caller, image, source, name, base, Optional.empty());
    }

    /** In the transaction nothing asks the database by another connection: all of those may be waiting for this one. */
    private Reserved reserve(
            Caller caller,
            Image image,
            Source source,
            Optional<String> name,
            ContentDigest base,
            Optional<Ipv4> address) {
        Manifest manifest = source.content().manifest();
        Flavor flavor = flavorOf(manifest);
        return database.transaction(transaction -> {
            Epoch epoch = epochOf(manifest);
            // Looked at again, now that nobody else can write: the same package may have been asked for twice.
            Optional<Arrival> before = arrivals.find(transaction, epoch);
            before.ifPresent(RestoreInstance::requireMayComeAgain);
            instances.find(transaction, epoch.lineage()).ifPresent(other -> {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "This instance is on this host already: " + other.id() + ".");
            });
            Instance instance = describe(caller, image, manifest, name, flavor, base, freeId(transaction, image));
            if (source.isLegacy()) {
                legacy.openEpoch(transaction, caller, manifest);
            }
            instances.insert(transaction, instance);
            contents.hold(transaction, instance.spec().base(), instance.holder());
            network.allocate(
                    transaction,
                    instance.holder(),
                    instance.spec().hostname(),
                    Optional.of(manifest.hardware().nics().get(0).mac()),
                    address);
            Manifest.Home home = manifest.identity().home();
            Optional<UUID> move =
                    Optional.ofNullable(image.properties().get(MOVE)).flatMap(RestoreInstance::uuid);
            Arrival arrival = new Arrival(
                    epoch,
                    instance.id(),
                    caller.projectId(),
                    image.id(),
                    move,
                    home.name(),
                    manifest.identity().nonce(),
                    home,
                    claimant(before, manifest),
                    move.isPresent() && !home.hostId().equals(hostId),
                    manifest.guest().wasRunning(),
                    address.isEmpty(),
                    Optional.of(manifest.createdAt()),
                    ArrivalState.RECEIVING,
                    Optional.empty(),
                    clock.instant(),
                    Optional.empty());
            arrivals.insert(transaction, arrival);
            return new Reserved(caller, instance, arrival);
        });
    }

    /** How much of an epoch's package has been unpacked, while that goes on; then 0. */
    public long receivedBytes(Epoch epoch) {
        return Optional.ofNullable(running.get(epoch))
                .map(work -> work.progress().doneBytes())
                .orElse(0L);
    }

    private void receive(Reserved reserved, VmPackage content, Running work) {
        Held lock;
        try {
            lock = locks.await(reserved.instance().id(), LAST_STEPS);
        } catch (TresccadException e) {
            concluding.discard(reserved.arrival(), reason(e));
            return;
        }
        try (lock) {
            prepare(reserved, content, work).ifPresent(prepared -> concluding.conclude(prepared, work.cancellation()));
        }
    }

    private Optional<Arrival> prepare(Reserved reserved, VmPackage content, Running work) {
        try {
            // A source that took its move back deletes the image, and then tells whatever has arrived by then. What it
            // did not find is this, which began to arrive between the two: nobody would ever tell it.
            images.get(reserved.caller(), reserved.arrival().image());
            AtomicLong frozenMillis =
                    new AtomicLong(content.manifest().createdAt().toEpochMilli());
            unpacking.unpack(
                    reserved.caller(),
                    reserved.instance(),
                    content,
                    reserved.arrival().isPushed(),
                    () -> frozenMillis.set(clock.millis()),
                    work.progress(),
                    work.cancellation());
            Arrival prepared = reserved.arrival()
                    .frozenAt(Instant.ofEpochMilli(frozenMillis.get()))
                    .in(ArrivalState.PREPARED, Optional.empty(), clock.instant());
            database.execute(transaction -> arrivals.update(transaction, prepared));
            changes.raise();
            return Optional.of(prepared);
        } catch (IOException | RuntimeException e) {
            LOG.warn(
                    "the package of {} could not be restored",
                    reserved.arrival().epoch(),
                    e);
            if (e instanceof PackageInvalid || e instanceof ReferenceFailed) {
                // If what was kept is what it did not fit together with, the next try must not be made with it again.
                residues.drop(reserved.arrival().epoch().lineage());
            }
            concluding.discard(reserved.arrival(), reason(e));
            return Optional.empty();
        }
    }

    private static void requireMayComeAgain(Arrival before) {
        if (!before.mayComeAgain()) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "This package has been restored here before (" + before.state()
                            + "); one frozen instance runs once. Its instance is " + before.instance() + ".");
        }
    }

    /** The one from before, when the same package failed here: the home may have granted the epoch to it. */
    private static Claimant claimant(Optional<Arrival> before, Manifest manifest) {
        return before.filter(
                        arrival -> arrival.nonce().equals(manifest.identity().nonce()))
                .map(Arrival::claimant)
                .orElseGet(Claimant::random);
    }

    private Instance describe(
            Caller caller,
            Image image,
            Manifest manifest,
            Optional<String> name,
            Flavor flavor,
            ContentDigest base,
            InstanceId id) {
        Manifest.Guest guest = manifest.guest();
        Manifest.Hardware hardware = manifest.hardware();
        InstanceSpec spec = new InstanceSpec(
                BootInstance.hostname(name.orElse(guest.name())),
                flavor,
                Optional.of(image.id()),
                base,
                hardware.diskBytes(),
                Optional.empty(),
                guest.key().map(key -> new InstanceSpec.Key(key.name(), key.publicKey())),
                guest.userData(),
                hardware.platform());
        return new Instance(
                id,
                new Epoch(
                        new Lineage(manifest.identity().lineage()),
                        manifest.identity().epoch()),
                caller.projectId(),
                caller.userId(),
                name.orElse(guest.name()),
                guest.metadata(),
                spec,
                UUID.randomUUID(),
                InstanceStatus.BUILD,
                Optional.of(TaskState.ARRIVING),
                Optional.empty(),
                Optional.empty(),
                false,
                clock.instant(),
                clock.instant(),
                Optional.empty());
    }

    /** A move keeps the server id where it is free, so that people and programs find the instance again. */
    private InstanceId freeId(Handle transaction, Image image) {
        return Optional.ofNullable(image.properties().get("tresccad_instance"))
                .flatMap(InstanceId::parse)
                .filter(id -> image.properties().containsKey(MOVE))
                .filter(id -> instances.find(transaction, id).isEmpty())
                .orElseGet(InstanceId::random);
    }

    private Flavor flavorOf(Manifest manifest) {
        Manifest.Flavor wanted = manifest.guest().flavor();
        Manifest.Hardware hardware = manifest.hardware();
        return flavors.matching(wanted.name(), hardware.vcpus(), hardware.memoryMib(), wanted.diskGib())
                .filter(known -> known.vcpus() == hardware.vcpus() && known.memoryMib() == hardware.memoryMib())
                .orElseGet(() -> new Flavor(
                        "package-" + hardware.vcpus() + "-" + hardware.memoryMib() + "-" + wanted.diskGib(),
                        wanted.name(),
                        hardware.vcpus(),
                        hardware.memoryMib(),
                        wanted.diskGib(),
                        false,
                        Map.of()));
    }

    private static Epoch epochOf(Manifest manifest) {
        return new Epoch(
                new Lineage(manifest.identity().lineage()), manifest.identity().epoch());
    }

    private static Optional<UUID> uuid(String text) {
        return InstanceId.parse(text).map(InstanceId::value);
    }

    private static String reason(Exception e) {
        if (e instanceof TresccadException known) {
            return String.valueOf(known.getMessage());
        }
        if (e instanceof MemberFailed failed) {
            // What the system says may have paths in it; this it says in one way.
            return String.valueOf(failed.getMessage()).contains("No space left")
                    ? "The disk of the host has no room for the package."
                    : "The package could not be written to the disk of the host.";
        }
        return "The package could not be read to its end.";
    }

    private static void close(Closeable data) {
        try {
            data.close();
        } catch (IOException e) {
            LOG.debug("closing the package failed", e);
        }
    }

    private record Running(Progress progress, Cancellation cancellation) {}

    private record Reserved(Caller caller, Instance instance, Arrival arrival) {}

    /** A package and what to close after it; one of 2014 has no epoch before it comes here. */
    private record Source(VmPackage content, Closeable data, boolean isLegacy) {}
}
