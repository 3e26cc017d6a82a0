package org.tresccad.client.between;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.ContentMismatch;
import org.tresccad.client.image.DownloadOptions;
import org.tresccad.client.image.Image;
import org.tresccad.client.image.NewImage;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.MoveReport;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;

/** Copies images of the source to the target, each as one stream through here, and leaves no half of one. */
final class ImageCopies {
    /** At a copy: the id of the package that it was made for, so that half of one is known after a crash. */
    static final String MADE_FOR = "tresccad_copied_for";

    private final Cloud source;
    private final Cloud target;
    private final Duration patience;
    private final MoveReport report;
    private final Cancellation cancellation;
    private long moved;

    ImageCopies(Cloud source, Cloud target, Duration patience, MoveReport report, Cancellation cancellation) {
        this.source = source;
        this.target = target;
        this.patience = patience;
        this.report = report;
        this.cancellation = cancellation;
    }

    /** Bytes that were copied. */
    long movedBytes() {
        return moved;
    }

    /** Copies {@code original} with these properties; on any failure the copy is deleted. */
    Image copy(Image original, String packageId, Map<String, String> properties, String what) {
        Map<String, String> all = new LinkedHashMap<>(properties);
        all.put(MADE_FOR, packageId);
        Image made = target.images()
                .create(new NewImage(
                        Optional.empty(),
                        original.label(),
                        original.content().diskFormat().orElse("raw"),
                        original.content().containerFormat().orElse("bare"),
                        all,
                        List.of()));
        boolean isComplete = false;
        try (MoveReport.Transfer transfer = report.transfer(what + " " + source.name() + " -> " + target.name())) {
            target.images()
                    .upload(
                            made.id(),
                            out -> source.images()
                                    .download(
                                            original.id(),
                                            out,
                                            DownloadOptions.VERIFIED,
                                            new Watch(Progress.NONE, cancellation)),
                            original.content().sizeBytes(),
                            new Watch(transfer, cancellation));
            Image stored = target.images().awaitActive(made.id(), patience, Progress.NONE, cancellation);
            verify(stored, original);
            moved += original.content().sizeBytes().orElse(0);
            isComplete = true;
            return stored;
        } finally {
            if (!isComplete) {
                discard(made.id());
            }
        }
    }

    /** Deletes what an earlier process left half-made for that package. */
    void clearHalves(String packageId) {
        target.images().list(Map.of(MADE_FOR, packageId)).stream()
                .filter(image -> packageId.equals(image.properties().get(MADE_FOR)))
                .filter(image -> !image.active() && image.isOf(target.projectId()))
                .map(Image::id)
                .forEach(this::delete);
    }

    /** Deletes one at the target; gone is as good. */
    void delete(String id) {
        try {
            target.images().delete(id);
        } catch (CloudNotFound gone) {
            // As wanted.
        }
    }

    private void discard(String id) {
        try {
            delete(id);
        } catch (CloudException failed) {
            report.note("Image " + id + " at " + target.name() + " is incomplete and could not be deleted: "
                    + failed.getMessage());
        }
    }

    /** Without a digest at the target it would be found by nobody there. */
    private void verify(Image copy, Image original) {
        Optional<Image.Digest> expected = original.content().digest();
        if (expected.isPresent() && !copy.content().digest().equals(expected)) {
            throw new ContentMismatch(
                    target.name(),
                    "check image " + copy.id(),
                    expected.get().toString(),
                    copy.content().digest().map(Image.Digest::toString).orElse("no digest"));
        }
    }
}
