package org.tresccad.instance;

import java.io.Closeable;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
import org.tresccad.network.AddressInUse;
import org.tresccad.network.Ipv4;
import org.tresccad.network.Network;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.LegacyArchive;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.PackageInvalid;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageReader;
import org.tresccad.vmpackage.PackageWorkers;
import org.tresccad.vmpackage.VmPackage;

/**
 * Takes the request to restore a package: reads what it says of itself, checks, reserves and answers; then {@link
 * ReceivePackage} does it.
 */
public final class RestoreInstance {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreInstance.class);
    private static final String MOVE = "tresccad_move";

    private final Database database;
    private final Instances instances;
    private final Arrivals arrivals;
    private final Images images;
    private final Contents contents;
    private final Network network;
    private final Flavors flavors;
    private final Admission admission;
    private final LegacyPackages legacy;
    private final BlankDisk blank;
    private final ReceivePackage receiving;
    private final PackageLimits limits;
    private final PackageWorkers workers;
    private final Clock clock;
    private final UUID hostId;

    /** Wires it; {@code hostId} is this host's. */
    public RestoreInstance(
            Database database,
            Instances instances,
            Arrivals arrivals,
            Images images,
            Contents contents,
            Network network,
            Flavors flavors,
            Admission admission,
            LegacyPackages legacy,
            BlankDisk blank,
            ReceivePackage receiving,
            PackageLimits limits,
            PackageWorkers workers,
            Clock clock,
            UUID hostId) {
        this.database = database;
        this.instances = instances;
        this.arrivals = arrivals;
        this.images = images;
        this.contents = contents;
        this.network = network;
        this.flavors = flavors;
        this.admission = admission;
        this.legacy = legacy;
        this.blank = blank;
        this.receiving = receiving;
        this.limits = limits;
        this.workers = workers;
        this.clock = clock;
        this.hostId = hostId;
    }

    /** As {@link #restore(Caller, ImageId, Optional, ArrivalKind)}, as itself. */
    public Instance restore(Caller caller, ImageId imageId, Optional<String> name) {
        return restore(caller, imageId, name, ArrivalKind.HANDOVER);
    }

    /**
     * Starts the restore of a package, which may still be arriving.
     *
     * @param name the instance's new name; without it, the saved one. To reclaim it, the saved one, as its owner typed it
     * @return the instance, in status BUILD
     * @throws PackageInvalid when the image is no usable package
     * @throws CannotRunHere with every reason
     */
    public Instance restore(Caller caller, ImageId imageId, Optional<String> name, ArrivalKind kind) {
        caller.require(Role.MEMBER);
        Image image = images.get(caller, imageId);
        requireAtRest(image, kind);
        Source source = open(caller, image);
        try {
            Incoming incoming = begin(caller, image, source, name, kind);
            receiving.start(incoming, source.content(), source.data());
            return incoming.instance();
        } catch (RuntimeException e) {
            close(source.data());
            throw e;
        }
    }

    /** What is on its way by a move has one reader, the one that the move is for. */
    private static void requireAtRest(Image image, ArrivalKind kind) {
        if (kind != ArrivalKind.HANDOVER && image.properties().containsKey(MOVE)) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "Image " + image.id()
                            + " is on its way by a move; only a saved package can be cloned or reclaimed.");
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
    private Incoming begin(Caller caller, Image image, Source source, Optional<String> name, ArrivalKind kind) {
        Manifest manifest = source.content().manifest();
        Coming coming = kind == ArrivalKind.CLONE
                ? new Coming(kind, new Epoch(Lineage.random(), 0), UUID.randomUUID())
                : new Coming(kind, epochOf(manifest), manifest.identity().nonce());
        if (kind == ArrivalKind.RECLAIM
                && name.filter(manifest.guest().name()::equals).isEmpty()) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST, "The instance in the package has another name than the one that was typed.");
        }
        receiving.occupy(coming.epoch());
        try {
            admission.admit(caller, manifest, kind, coming.key());
            Incoming incoming = reserve(caller, image, source, name, coming);
            admission.takeOver(coming.key());
            return incoming;
        } catch (RuntimeException e) {
            receiving.vacate(coming.epoch());
            admission.giveUp(coming.epoch(), coming.nonce());
            throw e;
        }
    }

    /** Keeps the address, or for a clone leaves it to the saved one, when it is free, also when somebody else takes it between the look and the transaction. */
    private Incoming reserve(Caller caller, Image image, Source source, Optional<String> name, Coming coming) {
        Manifest manifest = source.content().manifest();
        ContentDigest base =
                manifest.baseImage().map(Manifest.BaseImage::digest).orElseGet(blank::digest);
        Ipv4 address = manifest.hardware().nics().get(0).address();
        if (network.isFree(address)) {
            try {
                return reserve(caller, image, source, name, coming, base, Optional.of(address));
            } catch (AddressInUse e) {
                LOG.debug("the address of a package was taken just now", e);
            }
        }
        return reserve(caller, image, source, name, coming, base, Optional.empty());
    }

    /** In the transaction nothing asks the database by another connection: all of those may be waiting for this one. */
    private Incoming reserve(
            Caller caller,
            Image image,
            Source source,
            Optional<String> name,
            Coming coming,
            ContentDigest base,
            Optional<Ipv4> address) {
        Manifest manifest = source.content().manifest();
        Flavor flavor = flavorOf(manifest);
        return database.transaction(transaction -> {
            Epoch epoch = coming.epoch();
            // Looked at again, now that nobody else can write: the same package may have been asked for twice.
            Optional<Arrival> before = arrivals.find(transaction, epoch);
            before.ifPresent(Arrival::requireMayComeAgain);
            instances.find(transaction, epoch.lineage()).ifPresent(other -> {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "This instance is on this host already: " + other.id() + ".");
            });
            Instance instance =
                    describe(caller, image, manifest, name, flavor, base, epoch, freeId(transaction, image));
            if (source.isLegacy() && !coming.isClone()) {
                legacy.openEpoch(transaction, caller, manifest);
            }
            instances.insert(transaction, instance);
            contents.hold(transaction, instance.spec().base(), instance.holder());
            if (coming.isClone()) {
                allocateBeside(transaction, instance, address);
            } else {
                network.allocate(
                        transaction,
                        instance.holder(),
                        instance.spec().hostname(),
                        Optional.of(manifest.hardware().nics().get(0).mac()),
                        address);
            }
            Manifest.Home home = manifest.identity().home();
            Optional<UUID> move =
                    Optional.ofNullable(image.properties().get(MOVE)).flatMap(RestoreInstance::uuid);
            Arrival arrival = new Arrival(
                    epoch,
                    coming.kind(),
                    instance.id(),
                    caller.projectId(),
                    image.id(),
                    move,
                    home.name(),
                    coming.nonce(),
                    home,
                    claimant(before, manifest),
                    // What is decided in an image service is asked there, whoever brought it.
                    move.isPresent()
                            && home.kind().equals("tresccad")
                            && !home.hostId().equals(hostId),
                    manifest.guest().wasRunning(),
                    address.isEmpty() || coming.isClone(),
                    Optional.of(manifest.createdAt()),
                    ArrivalState.RECEIVING,
                    Optional.empty(),
                    clock.instant(),
                    Optional.empty());
            arrivals.insert(transaction, arrival);
            return new Incoming(caller, instance, arrival);
        });
    }

    /** Another address than {@code saved}, which the saved instance may come back for: taken until the choice is made. */
    private void allocateBeside(Handle transaction, Instance clone, Optional<Ipv4> saved) {
        String placeholder = "beside " + clone.holder();
        if (saved.isPresent()) {
            network.allocate(transaction, placeholder, clone.spec().hostname(), Optional.empty(), saved);
        }
        network.allocate(transaction, clone.holder(), clone.spec().hostname(), Optional.empty(), Optional.empty());
        network.release(transaction, placeholder);
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
            Epoch epoch,
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
                epoch,
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

    private static void close(Closeable data) {
        try {
            data.close();
        } catch (IOException e) {
            LOG.debug("closing the package failed", e);
        }
    }

    /** What a package becomes here. */
    private record Coming(ArrivalKind kind, Epoch epoch, UUID nonce) {
        boolean isClone() {
            return kind == ArrivalKind.CLONE;
        }

        Reservations.Key key() {
            return new Reservations.Key(epoch, nonce);
        }
    }

    /** A package and what to close after it; one of 2014 has no epoch before it comes here. */
    private record Source(VmPackage content, Closeable data, boolean isLegacy) {}
}
