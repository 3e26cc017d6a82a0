package org.tresccad.instance;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.Contents;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.image.Overlays;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Jobs;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.network.Network;
import org.tresccad.state.Database;

/** Makes instances from an image and boots them. */
public final class BootInstance {
    private static final Logger LOG = LoggerFactory.getLogger(BootInstance.class);
    private static final long GIB = 1L << 30;
    private static final int MAX_COMMAND_LINE = 2048;
    /** Only a delete can be before us; it does not take long. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Database database;
    private final Instances instances;
    private final Images images;
    private final Contents contents;
    private final Network network;
    private final Hypervisor hypervisor;
    private final Platforms platforms;
    private final Overlays overlays;
    private final DomainSpecs specs;
    private final InstanceFiles files;
    private final Capacity capacity;
    private final Quotas quotas;
    private final Reservations reservations;
    private final KeyPairs keyPairs;
    private final Actions actions;
    private final InstanceLocks locks;
    private final Jobs jobs;
    private final Clock clock;

    /** Wires it. */
    public BootInstance(
            Database database,
            Instances instances,
            Images images,
            Contents contents,
            Network network,
            Hypervisor hypervisor,
            Platforms platforms,
            Overlays overlays,
            DomainSpecs specs,
            InstanceFiles files,
            Capacity capacity,
            Quotas quotas,
            Reservations reservations,
            KeyPairs keyPairs,
            Actions actions,
            InstanceLocks locks,
            Jobs jobs,
            Clock clock) {
        this.database = database;
        this.instances = instances;
        this.images = images;
        this.contents = contents;
        this.network = network;
        this.hypervisor = hypervisor;
        this.platforms = platforms;
        this.overlays = overlays;
        this.specs = specs;
        this.files = files;
        this.capacity = capacity;
        this.quotas = quotas;
        this.reservations = reservations;
        this.keyPairs = keyPairs;
        this.actions = actions;
        this.locks = locks;
        this.jobs = jobs;
        this.clock = clock;
    }

    /**
     * What to make.
     *
     * @param userData base64
     * @param nic the network card; empty for none
     * @param count how many alike; with more than one, names get a number
     */
    public record Request(
            String name,
            Flavor flavor,
            ImageId image,
            Optional<String> keyName,
            Map<String, String> metadata,
            Optional<String> userData,
            Optional<Nic> nic,
            int count) {}

    /**
     * A card in the guest network.
     *
     * @param mac the MAC it must have; one is made otherwise
     * @param address the address it must have; one is chosen otherwise
     */
    public record Nic(Optional<MacAddress> mac, Optional<Ipv4> address) {
        /** A card with any address. */
        public static final Nic ANY = new Nic(Optional.empty(), Optional.empty());
    }

    /**
     * Checks everything that can be checked, reserves, and boots in the background.
     *
     * @return the new instances, in status BUILD
     * @throws TresccadException BAD_REQUEST (image, key, sizes), QUOTA_EXCEEDED, NO_SPACE
     */
    public List<Instance> boot(Caller caller, Request request) {
        caller.require(Role.MEMBER);
        InstanceSpec spec = specify(caller, request);
        quotas.check(
                Quotas.Usage.of(instances.list(caller, false))
                        .plus(reservations.usage(caller.projectId(), Optional.empty())),
                Quotas.Usage.of(request.flavor(), request.count()));
        capacity.shortage((long) request.flavor().memoryMib() * request.count(), 0)
                .ifPresent(shortage -> {
                    throw shortage;
                });
        List<Instance> made = database.transaction(transaction -> {
            List<Instance> all = new ArrayList<>();
            for (int number = 1; number <= request.count(); number++) {
                Instance instance = describe(caller, request, spec, number);
                instances.insert(transaction, instance);
                contents.hold(transaction, spec.base(), instance.holder());
                spec.boot().ifPresent(boot -> {
                    contents.hold(transaction, boot.kernel(), instance.holder());
                    boot.ramdisk().ifPresent(ramdisk -> contents.hold(transaction, ramdisk, instance.holder()));
                });
                request.nic()
                        .ifPresent(nic -> network.allocate(
                                transaction, instance.holder(), instance.spec().hostname(), nic.mac(), nic.address()));
                all.add(instance);
            }
            return all;
        });
        made.forEach(instance -> jobs.start("boot of " + instance.id(), () -> spawn(instance)));
        return made;
    }

    private void spawn(Instance instance) {
        Held lock = locks.await(instance.id(), PATIENCE);
        try (lock) {
            if (!actions.isWanted(instance.id())) {
                return;
            }
            try {
                network.apply();
                files.create(instance.id());
                StoredContent base = contents.find(instance.spec().base()).orElseThrow();
                overlays.create(base, files.disk(instance.id()), instance.spec().diskBytes());
                hypervisor.start(specs.forBoot(instance));
                actions.settle(instance.id(), InstanceStatus.ACTIVE);
            } catch (RuntimeException e) {
                LOG.warn("instance {} does not boot", instance.id(), e);
                actions.fail(instance.id(), e);
                hypervisor.destroy(instance.domain());
            }
        }
    }

    private InstanceSpec specify(Caller caller, Request request) {
        Image image = usable(caller, request.image(), "image");
        if (image.minRamMib() > request.flavor().memoryMib()) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "Flavor's memory is too small for requested image.");
        }
        StoredContent base = images.content(caller, image.id());
        long flavorDisk = request.flavor().diskGib() * GIB;
        if (flavorDisk != 0 && (base.virtualSizeBytes() > flavorDisk || image.minDiskGib() * GIB > flavorDisk)) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "Flavor's disk is too small for requested image.");
        }
        Optional<InstanceSpec.KernelBoot> boot = Optional.ofNullable(
                        image.properties().get("kernel_id"))
                .filter(id -> !id.isEmpty())
                .map(id -> new InstanceSpec.KernelBoot(
                        companion(caller, "kernel_id", id),
                        Optional.ofNullable(image.properties().get("ramdisk_id"))
                                .filter(ramdisk -> !ramdisk.isEmpty())
                                .map(ramdisk -> companion(caller, "ramdisk_id", ramdisk)),
                        commandLine(image)));
        return new InstanceSpec(
                hostname(request.name()),
                request.flavor(),
                Optional.of(image.id()),
                base.digest(),
                flavorDisk == 0 ? base.virtualSizeBytes() : flavorDisk,
                boot,
                request.keyName().map(name -> keyPairs.find(caller.userId(), name)
                        .map(key -> new InstanceSpec.Key(key.name(), key.publicKey()))
                        .orElseThrow(() -> new TresccadException(ErrorKind.BAD_REQUEST, "Invalid key_name provided."))),
                request.userData(),
                platforms.ofNew(caller.projectId()));
    }

    private Image usable(Caller caller, ImageId id, String what) {
        try {
            Image image = images.get(caller, id);
            return switch (image.status()) {
                case ACTIVE -> image;
                case QUEUED, SAVING, UPLOADING, IMPORTING, DEACTIVATED, KILLED ->
                    throw new TresccadException(
                            ErrorKind.BAD_REQUEST,
                            "The " + what + " " + id + " is " + image.status().wireName() + ", not active.");
            };
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.NOT_FOUND) {
                throw new TresccadException(
                        ErrorKind.BAD_REQUEST, "Can not find requested " + what + " " + id + ".", e);
            }
            throw e;
        }
    }

    private ContentDigest companion(Caller caller, String property, String id) {
        ImageId imageId = ImageId.parse(id)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.BAD_REQUEST, "The image's property " + property + " is not an image id."));
        return images.content(caller, usable(caller, imageId, property).id()).digest();
    }

    private static String commandLine(Image image) {
        String line = image.properties().getOrDefault("os_command_line", "");
        if (line.length() > MAX_COMMAND_LINE) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST, "The image's os_command_line is longer than " + MAX_COMMAND_LINE + ".");
        }
        return line;
    }

    private Instance describe(Caller caller, Request request, InstanceSpec spec, int number) {
        Instant now = clock.instant();
        InstanceId id = InstanceId.random();
        return new Instance(
                id,
                new Epoch(Lineage.random(), 0),
                caller.projectId(),
                caller.userId(),
                request.count() == 1 ? request.name() : request.name() + "-" + number,
                request.metadata(),
                spec,
                UUID.randomUUID(),
                InstanceStatus.BUILD,
                Optional.of(TaskState.SPAWNING),
                Optional.empty(),
                Optional.empty(),
                false,
                now,
                now,
                Optional.empty());
    }

    /** A DNS label (RFC 1123) from a server's name, as Nova makes them. */
    static String hostname(String name) {
        String label = name.toLowerCase(Locale.ROOT)
                .replaceAll("[ _.]+", "-")
                .replaceAll("[^a-z0-9-]", "")
                .replaceAll("^-+|-+$", "");
        if (label.isEmpty()) {
            return "server";
        }
        return label.substring(0, Math.min(63, label.length())).replaceAll("-+$", "");
    }
}
