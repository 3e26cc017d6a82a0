package org.tresccad.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.Contents;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageStatus;
import org.tresccad.image.Images;
import org.tresccad.image.NewImage;
import org.tresccad.image.Overlays;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Interrupts;
import org.tresccad.job.Jobs;

/**
 * Copies the disk of an instance that is off into an image, whole, from which the same can be booted here or elsewhere.
 * The instance stays as it is. Memory is not in it; that is what {@link SaveInstance} is for.
 */
public final class SnapshotInstance {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotInstance.class);
    private static final String TYPE = "image_type";
    private static final String INSTANCE = "instance_uuid";

    private final Instances instances;
    private final Actions actions;
    private final InstanceFiles files;
    private final Overlays overlays;
    private final Contents contents;
    private final Images images;
    private final Capacity capacity;
    private final Jobs jobs;

    /** Wires it. */
    public SnapshotInstance(
            Instances instances,
            Actions actions,
            InstanceFiles files,
            Overlays overlays,
            Contents contents,
            Images images,
            Capacity capacity,
            Jobs jobs) {
        this.instances = instances;
        this.actions = actions;
        this.files = files;
        this.overlays = overlays;
        this.contents = contents;
        this.images = images;
        this.capacity = capacity;
        this.jobs = jobs;
    }

    /**
     * Makes an image now, and gives it its data in the background; if that fails the image is deleted. What the instance
     * was booted with beside its disk (kernel, ramdisk) the image names; images of them are made when the owner has none.
     * As in Nova, a lock does not forbid it: nothing changes.
     *
     * @param properties of the image, beside those that say what it is
     * @return the image
     * @throws TresccadException CONFLICT unless the instance is off, and idle; NO_SPACE when there is no room for the disk
     */
    public ImageId snapshot(Caller caller, InstanceId id, String name, Map<String, String> properties) {
        Held lock = actions.beginReading(caller, id);
        List<ImageId> made = new ArrayList<>();
        try {
            Instance instance =
                    actions.mark(id, Set.of(InstanceStatus.SHUTOFF), TaskState.IMAGE_SNAPSHOT, Optional.empty());
            try {
                requireRoom(instance);
                Caller owner = ownerOf(instance);
                Map<String, String> all = new HashMap<>(inherited(owner, instance));
                all.putAll(properties);
                all.put(TYPE, "snapshot");
                all.put(INSTANCE, id.toString());
                Map<ImageId, StoredContent> companions = new HashMap<>();
                instance.spec().boot().ifPresent(boot -> {
                    all.put("os_command_line", boot.commandLine());
                    all.put("kernel_id", companion(owner, boot.kernel(), DiskFormat.AKI, name, all, companions, made));
                    boot.ramdisk()
                            .ifPresent(ramdisk -> all.put(
                                    "ramdisk_id",
                                    companion(owner, ramdisk, DiskFormat.ARI, name, all, companions, made)));
                });
                ImageId image = images.create(owner, NewImage.of(name, DiskFormat.QCOW2, all))
                        .id();
                made.add(image);
                jobs.start("snapshot of " + id, () -> {
                    try (lock) {
                        work(owner, instance, image, companions, made);
                    }
                });
                return image;
            } catch (RuntimeException e) {
                takeBack(instance, made);
                throw e;
            }
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** After a restart: snapshots that were not finished are gone. */
    public void recover() {
        instances.all().stream()
                .filter(i -> i.task().filter(TaskState.IMAGE_SNAPSHOT::equals).isPresent())
                .forEach(instance -> {
                    LOG.info("instance {}: giving up the snapshot that the restart cut off", instance.id());
                    takeBack(instance, unfinished(instance));
                });
    }

    private List<ImageId> unfinished(Instance instance) {
        return images.list(ownerOf(instance)).stream()
                .filter(image -> image.owner().equals(instance.project()))
                .filter(image -> image.status() == ImageStatus.QUEUED)
                .filter(image ->
                        instance.id().toString().equals(image.properties().get(INSTANCE))
                                && "snapshot".equals(image.properties().get(TYPE)))
                .map(Image::id)
                .toList();
    }

    /** The file, and its copy in the image service, which may be there at the same time. */
    private void requireRoom(Instance instance) {
        long base = contents.find(instance.spec().base())
                .map(StoredContent::sizeBytes)
                .orElse(0L);
        capacity.shortage(0, 2 * (base + files.diskBytes(instance.id()))).ifPresent(shortage -> {
            throw shortage;
        });
    }

    /** What its owner said of the image it was booted from, as far as that is still there. */
    private Map<String, String> inherited(Caller owner, Instance instance) {
        Map<String, String> properties = new HashMap<>();
        instance.spec().image().ifPresent(id -> {
            try {
                properties.putAll(images.get(owner, id).properties());
                properties.put("base_image_ref", id.toString());
            } catch (TresccadException e) {
                if (e.kind() != ErrorKind.NOT_FOUND) {
                    throw e;
                }
            }
        });
        properties.keySet().removeIf(key -> key.startsWith("tresccad_") || key.startsWith("os_glance_"));
        return properties;
    }

    /** An image of that content which the owner sees; made when there is none. */
    private String companion(
            Caller owner,
            ContentDigest digest,
            DiskFormat format,
            String name,
            Map<String, String> properties,
            Map<ImageId, StoredContent> companions,
            List<ImageId> made) {
        Optional<ImageId> held = images.list(owner).stream()
                .filter(image -> image.status() == ImageStatus.ACTIVE
                        && image.content().digest().equals(Optional.of(digest)))
                .map(Image::id)
                .findFirst();
        if (held.isPresent()) {
            return held.get().toString();
        }
        StoredContent content = contents.find(digest)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.INTERNAL, "The kernel or ramdisk of the instance is not on this host."));
        NewImage wanted = NewImage.of(name + "-" + format.wireName(), format, properties)
                .withFormats(Optional.of(format), Optional.of(format.wireName()));
        ImageId id = images.create(owner, wanted).id();
        companions.put(id, content);
        made.add(id);
        return id.toString();
    }

    private void work(
            Caller owner,
            Instance instance,
            ImageId image,
            Map<ImageId, StoredContent> companions,
            List<ImageId> made) {
        Path copy = files.snapshot(instance.id());
        try {
            for (Map.Entry<ImageId, StoredContent> companion : companions.entrySet()) {
                store(owner, companion.getKey(), companion.getValue().path());
            }
            Files.deleteIfExists(copy);
            overlays.copyWhole(files.disk(instance.id()), copy);
            store(owner, image, copy);
        } catch (RuntimeException | IOException e) {
            LOG.warn("no image of instance {} could be made", instance.id(), e);
            Interrupts.heldBack(() -> takeBack(instance, made));
            return;
        }
        deleteCopy(instance);
        actions.settle(instance.id(), InstanceStatus.SHUTOFF);
    }

    private void store(Caller owner, ImageId image, Path file) throws IOException {
        images.store(owner, image, out -> Files.copy(file, out), new Cancellation());
    }

    private void takeBack(Instance instance, List<ImageId> made) {
        made.forEach(images::discard);
        deleteCopy(instance);
        actions.settle(instance.id(), InstanceStatus.SHUTOFF);
    }

    private void deleteCopy(Instance instance) {
        try {
            Files.deleteIfExists(files.snapshot(instance.id()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An admin may copy anybody's instance, but what was somebody's must not become the admin's. */
    private static Caller ownerOf(Instance instance) {
        return new Caller(instance.user(), "the owner of " + instance.id(), instance.project(), Set.of(Role.MEMBER));
    }
}
