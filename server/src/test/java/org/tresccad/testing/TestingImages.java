package org.tresccad.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ContentMissing;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageStatus;
import org.tresccad.image.Images;
import org.tresccad.image.NewImage;
import org.tresccad.image.StoredContent;
import org.tresccad.image.Visibility;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** Images in memory over {@link TestingContents}. Data becomes readable when its upload is complete, not before. */
public final class TestingImages implements Images {
    private final TestingContents contents;
    private final Clock clock;
    private final Map<ImageId, Image> images = new LinkedHashMap<>();
    private final Map<ImageId, Set<ContentDigest>> kept = new HashMap<>();
    private @Nullable IOException nextUploadFailure;
    private boolean nextOneOpenedVanishes;

    /** Content goes to {@code contents}. */
    public TestingImages(TestingContents contents, Clock clock) {
        this.contents = contents;
        this.clock = clock;
    }

    /** Makes the next upload fail half-way. */
    public synchronized void failNextUpload(IOException failure) {
        nextUploadFailure = failure;
    }

    /** Deletes the next image that is opened, just then; whoever has opened it reads on. */
    public synchronized void deleteNextOneOpened() {
        nextOneOpenedVanishes = true;
    }

    /** What the image service does when the daemon starts: images whose data was arriving wait for it again. */
    public synchronized void reconcile() {
        images.replaceAll((id, image) -> image.status() == ImageStatus.SAVING
                ? image.with(ImageStatus.QUEUED, Image.Content.NONE, clock.instant())
                : image);
    }

    /** An active image of {@code caller}'s with this data, in one step. */
    public Image add(Caller caller, NewImage request, byte[] data) {
        Image image = create(caller, request);
        try {
            return upload(caller, image.id(), new ByteArrayInputStream(data), new Progress(), new Cancellation());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Overwrites a record, whatever it was. */
    public synchronized void put(Image image) {
        images.put(image.id(), image);
    }

    @Override
    public synchronized Image create(Caller caller, NewImage request) {
        ImageId id = request.id().orElseGet(ImageId::random);
        if (images.containsKey(id)) {
            throw new TresccadException(ErrorKind.CONFLICT, "Image ID " + id + " already exists.");
        }
        Image image = new Image(
                id,
                request.name(),
                ImageStatus.QUEUED,
                caller.projectId(),
                request.visibility(),
                request.diskFormat(),
                request.containerFormat(),
                Image.Content.NONE,
                request.minDiskGib(),
                request.minRamMib(),
                request.isProtected(),
                request.isHidden(),
                request.tags(),
                request.properties(),
                clock.instant(),
                clock.instant());
        images.put(id, image);
        return image;
    }

    @Override
    public synchronized Image get(Caller caller, ImageId id) {
        return Optional.ofNullable(images.get(id))
                .filter(image -> isVisible(caller, image))
                .orElseThrow(() -> missing(id));
    }

    @Override
    public synchronized List<Image> list(Caller caller) {
        return images.values().stream()
                .filter(image -> isVisible(caller, image))
                .collect(Collectors.collectingAndThen(Collectors.toList(), all -> {
                    Collections.reverse(all);
                    return List.copyOf(all);
                }));
    }

    @Override
    public Image upload(Caller caller, ImageId id, InputStream data, Progress progress, Cancellation cancellation)
            throws IOException {
        return store(
                caller,
                id,
                out -> {
                    byte[] bytes = data.readAllBytes();
                    progress.add(bytes.length);
                    out.write(bytes);
                },
                cancellation);
    }

    @Override
    public Image store(Caller caller, ImageId id, Writer writer, Cancellation cancellation) throws IOException {
        become(caller, id, ImageStatus.QUEUED, ImageStatus.SAVING, Image.Content.NONE);
        boolean isDone = false;
        try {
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            writer.writeTo(data);
            cancellation.throwIfCancelled();
            failIfToldTo();
            DiskFormat format = get(caller, id).diskFormat().orElse(DiskFormat.RAW);
            StoredContent content = contents.add(data.toByteArray(), format);
            Image active = become(
                    caller,
                    id,
                    ImageStatus.SAVING,
                    ImageStatus.ACTIVE,
                    new Image.Content(
                            OptionalLong.of(content.sizeBytes()),
                            OptionalLong.of(content.virtualSizeBytes()),
                            Optional.empty(),
                            Optional.of(content.digest())));
            isDone = true;
            return active;
        } finally {
            if (!isDone) {
                become(caller, id, ImageStatus.SAVING, ImageStatus.QUEUED, Image.Content.NONE);
            }
        }
    }

    @Override
    public InputStream open(Caller caller, ImageId id, boolean follow) {
        try {
            InputStream data = Files.newInputStream(content(caller, id).path());
            deleteIfToldTo(id);
            return data;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public StoredContent content(Caller caller, ImageId id) {
        return get(caller, id)
                .content()
                .digest()
                .flatMap(contents::find)
                .orElseThrow(() -> new TresccadException(ErrorKind.CONFLICT, "Image " + id + " has no data."));
    }

    @Override
    public synchronized void keep(ImageId id, ContentDigest digest) {
        if (contents.find(digest).isEmpty()) {
            throw new ContentMissing("content", digest);
        }
        if (images.containsKey(id)) {
            kept.computeIfAbsent(id, none -> new HashSet<>()).add(digest);
        }
    }

    @Override
    public synchronized boolean offers(Caller caller, ContentDigest digest) {
        return list(caller).stream()
                .anyMatch(image -> image.content().digest().equals(Optional.of(digest))
                        || kept.getOrDefault(image.id(), Set.of()).contains(digest));
    }

    @Override
    public synchronized void delete(Caller caller, ImageId id) {
        get(caller, id);
        discard(id);
    }

    @Override
    public synchronized void discard(ImageId id) {
        images.remove(id);
        kept.remove(id);
    }

    private synchronized Image become(
            Caller caller, ImageId id, ImageStatus from, ImageStatus to, Image.Content content) {
        Image image = get(caller, id);
        if (image.status() != from) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "Image " + id + " is " + image.status().wireName() + ", not " + from.wireName() + ".");
        }
        Image changed = new Image(
                id,
                image.name(),
                to,
                image.owner(),
                image.visibility(),
                image.diskFormat(),
                image.containerFormat(),
                content,
                image.minDiskGib(),
                image.minRamMib(),
                image.isProtected(),
                image.isHidden(),
                image.tags(),
                image.properties(),
                image.createdAt(),
                clock.instant());
        images.put(id, changed);
        return changed;
    }

    private synchronized void failIfToldTo() throws IOException {
        @Nullable IOException failure = nextUploadFailure;
        nextUploadFailure = null;
        if (failure != null) {
            throw failure;
        }
    }

    private synchronized void deleteIfToldTo(ImageId id) {
        if (nextOneOpenedVanishes) {
            nextOneOpenedVanishes = false;
            discard(id);
        }
    }

    private static boolean isVisible(Caller caller, Image image) {
        return caller.sees(image.owner()) || image.visibility() == Visibility.PUBLIC;
    }

    private static TresccadException missing(ImageId id) {
        return new TresccadException(ErrorKind.NOT_FOUND, "No image found with ID " + id);
    }
}
