package org.tresccad.instance;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.image.NewImage;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Interrupts;
import org.tresccad.job.Jobs;
import org.tresccad.job.Progress;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.Manifest;

/** Turns a running instance into a package in this host's image service; the instance leaves the compute service. */
public final class SaveInstance {
    private static final Logger LOG = LoggerFactory.getLogger(SaveInstance.class);

    private final Instances instances;
    private final Actions actions;
    private final PrepareGuest preparing;
    private final FreezeInstance freezing;
    private final PackInstance packing;
    private final DeleteInstance deleting;
    private final Capacity capacity;
    private final Images images;
    private final Jobs jobs;

    /** Wires it. */
    public SaveInstance(
            Instances instances,
            Actions actions,
            PrepareGuest preparing,
            FreezeInstance freezing,
            PackInstance packing,
            DeleteInstance deleting,
            Capacity capacity,
            Images images,
            Jobs jobs) {
        this.instances = instances;
        this.actions = actions;
        this.preparing = preparing;
        this.freezing = freezing;
        this.packing = packing;
        this.deleting = deleting;
        this.capacity = capacity;
        this.images = images;
        this.jobs = jobs;
    }

    /**
     * Starts the save. The package can be read once its image is active; until then the instance exists and every
     * failure lets it run on.
     *
     * @return the image that becomes the package; it belongs to the instance's project, whoever asks
     * @throws TresccadException CONFLICT unless the instance is active or paused, and idle; NO_SPACE when the disk has no
     *     room for its memory, so that the guest is not even frozen
     */
    public ImageId save(Caller caller, InstanceId id) {
        Held lock = actions.begin(caller, id);
        try {
            Instance instance = instances.get(caller, id);
            requireSavable(instance);
            requireRoom(instance);
            Epoch epoch = instance.epoch().next();
            UUID nonce = UUID.randomUUID();
            ImageId image = ImageId.random();
            Instance marked = freezing.open(id, TaskState.SAVING, epoch, nonce, transaction -> {});
            Caller owner = ownerOf(instance);
            try {
                // After the mark, so that a restart that finds the mark also finds what to clear away.
                images.create(
                        owner,
                        NewImage.of(instance.name(), DiskFormat.RAW, properties(id, epoch))
                                .withId(image));
                // The instance holds it until it is gone; from then on its package must.
                images.keep(image, instance.spec().base());
                jobs.start("save of " + id, () -> {
                    try (lock) {
                        work(owner, marked, nonce, image);
                    }
                });
            } catch (RuntimeException e) {
                takeBack(marked, image);
                throw e;
            }
            return image;
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** The properties that make an image recognizable as the package of an instance. */
    public static Map<String, String> properties(InstanceId instance, Epoch epoch) {
        return Map.of(
                "tresccad_package", "1",
                "tresccad_lineage", epoch.lineage().toString(),
                "tresccad_epoch", Long.toString(epoch.number()),
                "tresccad_instance", instance.toString());
    }

    /** Refuses instances whose memory is not in a domain. */
    public static void requireSavable(Instance instance) {
        Actions.requireIdle(instance);
        if (!Set.of(InstanceStatus.ACTIVE, InstanceStatus.PAUSED).contains(instance.status())) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "Instance " + instance.id() + " is " + instance.status()
                            + "; only a running or paused one can be frozen. Start it first.");
        }
    }

    private void requireRoom(Instance instance) {
        capacity.shortageToFreeze(instance).ifPresent(shortage -> {
            throw shortage;
        });
    }

    /** After a restart: a save that was not finished is taken back. */
    public void recover() {
        instances.all().stream()
                .filter(i -> i.task().filter(TaskState.SAVING::equals).isPresent())
                .forEach(i -> {
                    LOG.info("instance {}: taking back the save that the restart cut off", i.id());
                    freezing.withdraw(i, transaction -> {});
                    packages(i).forEach(images::discard);
                });
    }

    /** The images that the save under way has made: none or one. A move's package is never here. */
    private List<ImageId> packages(Instance saving) {
        Map<String, String> wanted = properties(saving.id(), saving.epoch().next());
        return images.list(ownerOf(saving)).stream()
                .filter(image -> image.owner().equals(saving.project()))
                .filter(image -> image.properties().entrySet().containsAll(wanted.entrySet()))
                .map(Image::id)
                .toList();
    }

    /** An admin may save anybody's instance, but what was somebody's must not become the admin's. */
    private static Caller ownerOf(Instance instance) {
        return new Caller(instance.user(), "the owner of " + instance.id(), instance.project(), Set.of(Role.MEMBER));
    }

    /** The guest goes on first: it stands while we work. */
    private void takeBack(Instance instance, ImageId image) {
        try {
            freezing.withdraw(instance, transaction -> {});
        } finally {
            images.discard(image);
        }
    }

    private void store(Caller owner, Instance instance, Freeze freeze, Manifest manifest, ImageId image)
            throws IOException {
        Cancellation cancellation = new Cancellation();
        images.store(
                owner,
                image,
                out -> {
                    packing.write(
                            instance,
                            freeze,
                            manifest,
                            BlockIndex.empty(),
                            Optional.empty(),
                            out,
                            new Progress(),
                            cancellation);
                    // Whoever gets the whole package may run it, and a freeze can fail behind its last byte.
                    freeze.awaitWritten();
                },
                cancellation);
    }

    private void work(Caller owner, Instance instance, UUID nonce, ImageId image) {
        Epoch epoch = instance.epoch().next();
        try {
            // Under the mark: until the CPUs stop, a crash finds the guest running and only withdraws the epoch.
            preparing.announce(instance, GuestEvent.Cause.SAVE, Optional.empty(), new Cancellation());
            Manifest manifest = packing.describe(instance, epoch, nonce);
            Freeze freeze = freezing.prepare(instance);
            freezing.begin(instance, freeze);
            try {
                store(owner, instance, freeze, manifest, image);
            } finally {
                freeze.awaitEnd();
            }
        } catch (RuntimeException | IOException e) {
            LOG.warn("instance {} could not be saved; it runs on", instance.id(), e);
            // A daemon that stops interrupts its jobs; the guest must not stand until the next start.
            Interrupts.heldBack(() -> takeBack(instance, image));
            return;
        }
        deleting.discard(instance);
    }
}
