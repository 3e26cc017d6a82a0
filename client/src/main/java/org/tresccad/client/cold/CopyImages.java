package org.tresccad.client.cold;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.tresccad.client.Cloud;
import org.tresccad.client.cold.ColdMove.Copies.Slot;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.ContentMismatch;
import org.tresccad.client.image.DownloadOptions;
import org.tresccad.client.image.Image;
import org.tresccad.client.image.NewImage;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.MoveReport;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;

/** Brings the disk's image to the target, and kernel and ramdisk if it boots by those; each as one stream through here. */
final class CopyImages {
    private static final Set<String> COMPANIONS = Set.of("aki", "ari");

    private final Cloud source;
    private final Cloud target;
    private final ColdJournal.Entry entry;
    private final Duration patience;
    private final MoveReport report;
    private final Cancellation cancellation;
    private final AtomicLong moved = new AtomicLong();

    CopyImages(
            Cloud source,
            Cloud target,
            ColdJournal.Entry entry,
            Duration patience,
            MoveReport report,
            Cancellation cancellation) {
        this.source = source;
        this.target = target;
        this.entry = entry;
        this.patience = patience;
        this.report = report;
        this.cancellation = cancellation;
    }

    /** Bytes that were copied. */
    long movedBytes() {
        return moved.get();
    }

    /** Copies what the target lacks. {@code made} are the images that the source made for this move. */
    void copy(List<Image> made) {
        Image found = made.stream()
                .filter(image ->
                        !COMPANIONS.contains(image.content().diskFormat().orElse("")))
                .findFirst()
                .orElseThrow(() -> new CloudProtocolError(
                        source.name(), "make an image of the instance", "no image of this move is there"));
        report.phase("making an image at " + source.name());
        Image disk = source.images().awaitActive(found.id(), patience, Progress.NONE, cancellation);
        Map<String, String> properties = new LinkedHashMap<>(disk.hardwareProperties());
        companion(disk, "kernel_id", Slot.KERNEL, properties);
        companion(disk, "ramdisk_id", Slot.RAMDISK, properties);
        ensure(disk, Slot.DISK, properties);
    }

    private void companion(Image disk, String key, Slot slot, Map<String, String> properties) {
        Optional<String> id = Optional.ofNullable(disk.properties().get(key)).filter(text -> !text.isBlank());
        if (id.isEmpty()) {
            return;
        }
        Image image = source.images().get(id.get());
        Optional<Image> held = target.images().list().stream()
                .filter(Image::active)
                .filter(there -> there.isUsableBy(target.projectId()) && there.hasDataOf(image))
                .findFirst();
        properties.put(key, held.map(Image::id).orElseGet(() -> ensure(image, slot, Map.of())));
    }

    /** The id of the copy; what an earlier process has copied whole is not copied again. */
    private String ensure(Image image, Slot slot, Map<String, String> properties) {
        String id = entry.move().copies().get(slot);
        Optional<Image> before = find(id);
        if (before.filter(Image::active).isPresent()) {
            verify(before.get(), image);
            return id;
        }
        if (before.isPresent()) {
            // Half of one. Glance never takes an id twice.
            target.images().delete(id);
            id = UUID.randomUUID().toString();
            entry.write(entry.move().with(entry.move().copies().with(slot, id)));
        }
        Map<String, String> all = new LinkedHashMap<>(properties);
        all.put(ColdMove.IMAGE_MARK, entry.move().id());
        target.images()
                .create(new NewImage(
                        Optional.of(id),
                        slot == Slot.DISK ? entry.move().subject().name() : image.label(),
                        image.content().diskFormat().orElse("raw"),
                        image.content().containerFormat().orElse("bare"),
                        all,
                        List.of()));
        String what = "copying " + (slot == Slot.DISK ? "the disk" : slot.name().toLowerCase(Locale.ROOT));
        report.phase(what);
        try (MoveReport.Transfer transfer = report.transfer(what + " " + source.name() + " -> " + target.name())) {
            target.images()
                    .upload(
                            id,
                            out -> source.images()
                                    .download(
                                            image.id(),
                                            out,
                                            DownloadOptions.VERIFIED,
                                            new Watch(Progress.NONE, cancellation)),
                            image.content().sizeBytes(),
                            new Watch(transfer, cancellation));
        }
        moved.addAndGet(image.content().sizeBytes().orElse(0));
        verify(target.images().awaitActive(id, patience, Progress.NONE, cancellation), image);
        return id;
    }

    private Optional<Image> find(String id) {
        try {
            return Optional.of(target.images().get(id));
        } catch (CloudNotFound none) {
            return Optional.empty();
        }
    }

    private void verify(Image copy, Image original) {
        Optional<Image.Digest> expected = original.content().digest();
        Optional<Image.Digest> actual = copy.content().digest();
        if (expected.isPresent()
                && actual.isPresent()
                && expected.get().algorithm().equals(actual.get().algorithm())
                && !expected.equals(actual)) {
            throw new ContentMismatch(
                    target.name(),
                    "check image " + copy.id(),
                    expected.get().toString(),
                    actual.get().toString());
        }
    }
}
