package org.tresccad.migration.peer;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.tresccad.client.Cloud;
import org.tresccad.client.image.Change;
import org.tresccad.client.image.DownloadOptions;
import org.tresccad.client.image.Image;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;
import org.tresccad.cloud.CloudCalls;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.job.Cancellation;
import org.tresccad.migration.PackageBox;

/**
 * The Glance of an OpenStack with packages in it that are addressed to this host: images with the property {@code
 * tresccad_destination}.
 */
final class GlanceBox implements PackageBox {
    private static final String DESTINATION = "tresccad_destination";
    private static final String COMPLAINT = "tresccad_inbox_error";

    /** What Nova shows of an image's property is cut there, too. */
    private static final int LONGEST_COMPLAINT = 255;

    private final Cloud cloud;
    private final Caller recipient;

    GlanceBox(Cloud cloud, Caller recipient) {
        this.cloud = cloud;
        this.recipient = recipient;
    }

    @Override
    public String name() {
        return cloud.name();
    }

    @Override
    public Caller recipient() {
        return recipient;
    }

    @Override
    public List<Addressed> addressed(String host) {
        return CloudCalls.call(() -> cloud.images().list(Map.of(DESTINATION, host, "status", "active"))).stream()
                // An image service that does not know the filter would answer everything.
                .filter(image ->
                        image.active() && host.equals(image.properties().get(DESTINATION)))
                .flatMap(image -> id(image).map(id -> new Addressed(id, image.label())).stream())
                .toList();
    }

    @Override
    public InputStream open(ImageId image, Cancellation cancellation) throws IOException {
        org.tresccad.client.transfer.Cancellation ending = new org.tresccad.client.transfer.Cancellation();
        cancellation.onCancel(ending::cancel);
        return CloudCalls.call(() ->
                cloud.images().download(image.toString(), DownloadOptions.VERIFIED, new Watch(Progress.NONE, ending)));
    }

    @Override
    public Optional<Base> base(ContentDigest digest) {
        return CloudCalls.call(() -> cloud.images().list(Map.of("os_hash_value", digest.sha512()))).stream()
                .filter(Image::active)
                .filter(image -> image.content()
                        .digest()
                        .filter(known -> known.hex().equals(digest.sha512()))
                        .isPresent())
                .flatMap(GlanceBox::base)
                .findFirst();
    }

    private static Stream<Base> base(Image image) {
        Optional<DiskFormat> format = image.content().diskFormat().flatMap(DiskFormat::parse);
        return format.flatMap(known -> id(image).map(id -> new Base(id, image.label(), known))).stream();
    }

    @Override
    public void complain(ImageId image, String why) {
        String sentence = why.length() > LONGEST_COMPLAINT ? why.substring(0, LONGEST_COMPLAINT) : why;
        CloudCalls.call(() -> cloud.images().update(image.toString(), List.of(Change.add(COMPLAINT, sentence))));
    }

    @Override
    public void delete(ImageId image) {
        try {
            CloudCalls.run(() -> cloud.images().delete(image.toString()));
        } catch (TresccadException e) {
            if (e.kind() != ErrorKind.NOT_FOUND) {
                throw e;
            }
        }
    }

    private static Optional<ImageId> id(Image image) {
        try {
            return Optional.of(new ImageId(UUID.fromString(image.id())));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }
}
