package org.tresccad.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.ContentMismatch;
import org.tresccad.client.http.ContentWriter;
import org.tresccad.client.image.Image;
import org.tresccad.client.image.Images;
import org.tresccad.client.image.NewImage;
import org.tresccad.client.transfer.Watch;

/** Uploads that leave nothing half-made behind. */
final class Uploads {
    /** An image that boots a kernel of its own choice is not the same as one that boots itself. */
    private static final List<String> BOOT_PROPERTIES = List.of("kernel_id", "ramdisk_id", "os_command_line");

    private final Tresccac app;
    private final Cloud cloud;

    Uploads(Tresccac app, Cloud cloud) {
        this.app = app;
        this.cloud = cloud;
    }

    /**
     * Makes an image with this content. On any failure the image is deleted again.
     *
     * @param digest what the cloud must say of it afterwards, if it says anything in the same algorithm
     */
    Image create(NewImage wanted, ContentWriter content, OptionalLong sizeBytes, Optional<Image.Digest> digest) {
        Images images = cloud.images();
        Image created = images.create(wanted);
        boolean complete = false;
        try (TransferDisplay display = app.display("upload " + wanted.name() + " -> " + cloud.name())) {
            images.upload(created.id(), content, sizeBytes, app.watch(display));
            Image stored = images.get(created.id());
            verify(stored, digest);
            complete = true;
            return stored;
        } finally {
            if (!complete) {
                discard(created.id());
            }
        }
    }

    /** Uploads {@code file} unless an active image of the same bytes, format and properties is there. */
    Image ensure(DiskFile file, String name, String format, Map<String, String> properties) {
        Image.Digest digest = digest(file);
        Optional<Image> held = cloud.images().list().stream()
                .filter(Image::active)
                .filter(image -> image.content().digest().equals(Optional.of(digest)))
                .filter(image -> image.content().diskFormat().equals(Optional.of(format)))
                .filter(image -> properties.entrySet().stream().allMatch(entry -> entry.getValue()
                        .equals(image.properties().get(entry.getKey()))))
                .filter(image -> BOOT_PROPERTIES.stream()
                        .allMatch(key -> properties.containsKey(key)
                                || !image.properties().containsKey(key)))
                .findFirst();
        if (held.isPresent()) {
            app.terminal()
                    .note(cloud.name() + " has " + file.path() + " already, as image "
                            + held.get().label());
            return held.get();
        }
        return create(
                new NewImage(Optional.empty(), name, format, SpawnCommand.containerOf(format), properties, List.of()),
                file.content(),
                OptionalLong.of(file.sizeBytes()),
                Optional.of(digest));
    }

    /** Removes what a failure left; the failure itself is what the user must hear of. */
    void discard(String imageId) {
        try {
            cloud.images().delete(imageId);
        } catch (CloudException failed) {
            app.terminal()
                    .note("Image " + imageId + " at " + cloud.name() + " is incomplete and could not be deleted: "
                            + failed.getMessage());
        }
    }

    void verify(Image stored, Optional<Image.Digest> expected) {
        Optional<Image.Digest> actual = stored.content().digest();
        if (expected.isPresent()
                && actual.isPresent()
                && actual.get().algorithm().equals(expected.get().algorithm())
                && !actual.equals(expected)) {
            throw new ContentMismatch(
                    cloud.name(),
                    "check image " + stored.label(),
                    expected.get().toString(),
                    actual.get().toString());
        }
    }

    private Image.Digest digest(DiskFile file) {
        try (TransferDisplay display = app.display("hash " + file.path().getFileName())) {
            return new Image.Digest("sha512", file.sha512(new Watch(display, app.cancellation())));
        }
    }
}
