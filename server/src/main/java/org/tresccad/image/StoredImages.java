package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.state.Database;

/** The image service over SQLite and the {@link ContentStore}. Safe for any thread. */
public final class StoredImages implements Images {
    /**
     * Property of an image whose data is only let through, to one reader that follows it, and not kept; its value is
     * {@code true}.
     */
    public static final String PASSING_PROPERTY = "tresccad_passing";

    private static final String PASSING = "true";
    private static final Duration PATIENCE_OF_PASSAGES = Duration.ofMinutes(2);
    private static final int COPY_BYTES = 64 * 1024;

    private final Database database;
    private final ContentStore contents;
    private final ImageRules rules;
    private final Arrivals arrivals;
    private final Map<ImageId, Passage> passages = new ConcurrentHashMap<>();
    private final Clock clock;

    /** The service; {@link #reconcile} must run before anything else. */
    public StoredImages(Database database, ContentStore contents, QemuImg qemuImg, ImageLimits limits, Clock clock) {
        this.database = database;
        this.contents = contents;
        this.rules = new ImageRules(limits);
        this.arrivals =
                new Arrivals(database, contents, new ImageInspection(qemuImg, limits.virtualBytes()), rules, clock);
        this.clock = clock;
    }

    /** Puts database and files in order after a stop or a crash: half uploads are gone, their images queued. */
    public void reconcile() {
        arrivals.reconcile();
    }

    @Override
    public Image create(Caller caller, NewImage request) {
        caller.require(Role.MEMBER);
        rules.check(caller, Optional.empty(), request);
        ImageId id = request.id().orElseGet(ImageId::random);
        Instant now = now();
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
                now,
                now);
        database.execute(transaction -> {
            rules.requireImages(
                    ImageRows.ownedBy(transaction, caller.projectId()).size() + 1);
            if (!ImageRows.reserveId(transaction, id)) {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "The image id " + id + " is, or was, in use; an id is never used twice.");
            }
            ImageRows.insert(transaction, image);
        });
        return image;
    }

    @Override
    public Image get(Caller caller, ImageId id) {
        return database.read(handle -> visible(handle, caller, id));
    }

    @Override
    public List<Image> list(Caller caller) {
        return list(caller, Optional.empty(), Optional.of(MemberStatus.ACCEPTED));
    }

    /**
     * The images in the caller's lists, newest first, hidden ones too.
     *
     * @param visibility only these; community images are listed only when asked for
     * @param membership what the caller's project must have said to an image shared with it; empty for anything
     */
    public List<Image> list(Caller caller, Optional<Visibility> visibility, Optional<MemberStatus> membership) {
        return database.read(handle -> {
            Map<ImageId, MemberStatus> shared = MemberRows.sharedWith(handle, caller.projectId());
            return ImageRows.all(handle).stream()
                    .filter(image -> ImageRules.lists(
                            caller, image, Optional.ofNullable(shared.get(image.id())), visibility, membership))
                    .toList();
        });
    }

    /**
     * Changes what the owner of an image may choose. {@code change} sees the image as it is, within the transaction;
     * it may run only once and may throw.
     */
    public Image update(Caller caller, ImageId id, UnaryOperator<NewImage> change) {
        return changing(caller, id, "change", image -> {
            NewImage wanted = change.apply(image.choices());
            rules.check(caller, Optional.of(image), wanted);
            return image.with(wanted, now());
        });
    }

    /** Puts a tag on an image; once is enough. */
    public void tag(Caller caller, ImageId id, String tag) {
        update(caller, id, choices -> {
            Set<String> tags = new HashSet<>(choices.tags());
            tags.add(tag);
            return choices.withTags(tags);
        });
    }

    /** Takes a tag from an image; NOT_FOUND when it is not there. */
    public void untag(Caller caller, ImageId id, String tag) {
        update(caller, id, choices -> {
            Set<String> tags = new HashSet<>(choices.tags());
            if (!tags.remove(tag)) {
                throw new TresccadException(ErrorKind.NOT_FOUND, "Image " + id + " has no tag " + tag + ".");
            }
            return choices.withTags(tags);
        });
    }

    /** Forbids the download of an active image, but to administrators. Once is enough. */
    public void deactivate(Caller caller, ImageId id) {
        switchTo(caller, id, ImageStatus.DEACTIVATED, "deactivate");
    }

    /** Allows the download again. Once is enough. */
    public void reactivate(Caller caller, ImageId id) {
        switchTo(caller, id, ImageStatus.ACTIVE, "reactivate");
    }

    @Override
    public Image upload(Caller caller, ImageId id, InputStream data, Progress progress, Cancellation cancellation)
            throws IOException {
        Image image = get(caller, id);
        if (PASSING.equals(image.properties().get(PASSING_PROPERTY))) {
            return pass(caller, image, out -> copy(data, out, progress, cancellation), cancellation);
        }
        return arrive(caller, id, ImageStatus.SAVING, progress.totalBytes())
                .receive(out -> copy(data, out, progress, cancellation), Optional.empty(), cancellation);
    }

    @Override
    public Image store(Caller caller, ImageId id, Writer writer, Cancellation cancellation) throws IOException {
        return arrive(caller, id, ImageStatus.SAVING, OptionalLong.empty())
                .receive(writer, Optional.empty(), cancellation);
    }

    /** Lets the data of an image through to whoever follows it; the image is queued again afterwards, without data. */
    private Image pass(Caller caller, Image image, Writer writer, Cancellation cancellation) throws IOException {
        ImageRules.requireOwner(caller, image, "give data to");
        requireFormats(image);
        ImageId id = image.id();
        Passage passage = new Passage(PATIENCE_OF_PASSAGES);
        if (passages.putIfAbsent(id, passage) != null) {
            throw new WrongImageStatus("give data to", id, ImageStatus.SAVING);
        }
        Cancellation.Registration registration =
                cancellation.onCancel(() -> passage.fail(cancellation.reason().orElse("cancelled")));
        try (registration) {
            switchStatus(id, ImageStatus.QUEUED, ImageStatus.SAVING);
            writer.writeTo(passage.output());
            passage.complete();
        } finally {
            passage.fail("its data did not arrive whole");
            passages.remove(id);
            switchStatus(id, ImageStatus.SAVING, ImageStatus.QUEUED);
        }
        return image;
    }

    private void switchStatus(ImageId id, ImageStatus from, ImageStatus to) {
        database.execute(transaction -> ImageRows.find(transaction, id).ifPresent(image -> {
            if (image.status() == from) {
                ImageRows.update(transaction, image.with(to, image.content(), now()));
            } else if (to == ImageStatus.SAVING) {
                throw new WrongImageStatus("give data to", id, image.status());
            }
        }));
    }

    /** Takes the data of a queued image aside, for an import to come. A restart of the daemon forgets it. */
    public void stage(Caller caller, ImageId id, InputStream data, Progress progress, Cancellation cancellation)
            throws IOException {
        arrive(caller, id, ImageStatus.UPLOADING, progress.totalBytes())
                .stage(out -> copy(data, out, progress, cancellation), cancellation);
    }

    @Override
    public InputStream open(Caller caller, ImageId id, boolean follow) {
        Image image = get(caller, id);
        if (follow && image.status() != ImageStatus.ACTIVE) {
            Optional<InputStream> arriving =
                    Optional.ofNullable(passages.get(id)).map(Passage::take).or(() -> arrivals.follow(id));
            if (arriving.isPresent()) {
                return arriving.get();
            }
            // The upload may have ended between the two looks.
            image = get(caller, id);
        }
        try {
            return Files.newInputStream(contentOf(caller, image).path());
        } catch (IOException e) {
            throw new TresccadException(ErrorKind.INTERNAL, "The data of image " + id + " cannot be read.", e);
        }
    }

    @Override
    public StoredContent content(Caller caller, ImageId id) {
        StoredContent content = contentOf(caller, get(caller, id));
        boolean isQcow2 = contents.find(content.digest())
                .filter(found -> found.format() == DiskFormat.QCOW2)
                .isPresent();
        if (content.format() == DiskFormat.QCOW2 && !isQcow2) {
            throw new ContentRefused(DiskFormat.QCOW2, "it does not begin as a qcow2 file does");
        }
        return content;
    }

    @Override
    public void keep(ImageId id, ContentDigest digest) {
        database.execute(transaction -> {
            if (ImageRows.find(transaction, id).isPresent()) {
                contents.hold(transaction, digest, holder(id));
            }
        });
    }

    @Override
    public boolean offers(Caller caller, ContentDigest digest) {
        Set<String> holders = database.read(handle -> ContentRows.holders(handle, digest));
        return list(caller).stream()
                .anyMatch(image ->
                        image.content().digest().equals(Optional.of(digest)) || holders.contains(holder(image.id())));
    }

    @Override
    public void delete(Caller caller, ImageId id) {
        database.execute(transaction -> {
            Image image = visible(transaction, caller, id);
            ImageRules.requireOwner(caller, image, "delete");
            if (image.isProtected()) {
                throw new TresccadException(
                        ErrorKind.FORBIDDEN,
                        "Image " + id + " is protected and cannot be deleted. Set protected to false first.");
            }
            remove(transaction, id);
        });
        stopArriving(id);
        contents.sweep();
    }

    @Override
    public void discard(ImageId id) {
        database.execute(transaction -> remove(transaction, id));
        stopArriving(id);
        contents.sweep();
    }

    private void remove(Handle transaction, ImageId id) {
        ImageRows.delete(transaction, id);
        contents.releaseAll(transaction, holder(id));
    }

    /** Apart from instances, which hold by their bare ids. */
    private static String holder(ImageId id) {
        return "image:" + id;
    }

    private void stopArriving(ImageId id) {
        arrivals.stop(id);
        Optional.ofNullable(passages.get(id)).ifPresent(passage -> passage.fail("the image was deleted"));
    }

    /** Begins to take data for a queued image that the caller owns. */
    Arrivals.Arrival arrive(Caller caller, ImageId id, ImageStatus arriving, OptionalLong expectedBytes) {
        Image image = get(caller, id);
        ImageRules.requireOwner(caller, image, "give data to");
        if (!image.status().canBecome(arriving) || image.status() != ImageStatus.QUEUED) {
            throw new WrongImageStatus("give data to", id, image.status());
        }
        if (arriving != ImageStatus.IMPORTING) {
            requireFormats(image);
        }
        return arrivals.begin(image, arriving, expectedBytes);
    }

    /** Takes up the staged data of an image that the caller owns. */
    Arrivals.Arrival unstage(Caller caller, ImageId id) {
        Image image = get(caller, id);
        ImageRules.requireOwner(caller, image, "import");
        requireFormats(image);
        return arrivals.unstage(id);
    }

    /**
     * Gives an image that is importing the formats and properties of its source, which win over its own as they do in
     * Glance; Glance copies configured properties only, this all but reserved ones and {@code without}.
     */
    void copyDescription(Arrivals.Arrival arrival, RemoteImages.Found found, Set<String> without) {
        arrival.amend(image -> {
            Map<String, String> properties = new HashMap<>(found.properties());
            properties.keySet().removeIf(name -> name.startsWith(ImageRules.RESERVED_PREFIX) || without.contains(name));
            Map<String, String> all = new HashMap<>(image.properties());
            all.putAll(properties);
            NewImage wanted = image.choices()
                    .withFormats(
                            found.diskFormat().or(image::diskFormat),
                            found.containerFormat().or(image::containerFormat))
                    .withProperties(all);
            rules.checkLengths(wanted);
            Image described = image.with(wanted, now());
            requireFormats(described);
            return described;
        });
    }

    /** Changes one thing of an image without a caller: what the service itself notes. */
    void note(ImageId id, UnaryOperator<NewImage> change) {
        database.execute(transaction -> ImageRows.find(transaction, id)
                .ifPresent(image -> ImageRows.update(transaction, image.with(change.apply(image.choices()), now()))));
    }

    static void requireFormats(Image image) {
        if (image.diskFormat().isEmpty() || image.containerFormat().isEmpty()) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST,
                    "Image " + image.id() + " needs disk_format and container_format before it can take data.");
        }
    }

    static void copy(InputStream data, OutputStream out, Progress progress, Cancellation cancellation)
            throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        int count = data.read(buffer);
        while (count >= 0) {
            cancellation.throwIfCancelled();
            out.write(buffer, 0, count);
            progress.add(count);
            count = data.read(buffer);
        }
    }

    private void switchTo(Caller caller, ImageId id, ImageStatus wanted, String action) {
        changing(caller, id, action, image -> {
            if (image.status() == wanted) {
                return image;
            }
            boolean hasData = image.status() == ImageStatus.ACTIVE || image.status() == ImageStatus.DEACTIVATED;
            if (!hasData || !image.status().canBecome(wanted)) {
                throw new TresccadException(
                        ErrorKind.FORBIDDEN,
                        "Cannot " + action + " image " + id + " while its status is "
                                + image.status().wireName() + ".");
            }
            return image.with(wanted, image.content(), now());
        });
    }

    private Image changing(Caller caller, ImageId id, String action, UnaryOperator<Image> change) {
        return database.transaction(transaction -> {
            Image image = visible(transaction, caller, id);
            ImageRules.requireOwner(caller, image, action);
            Image changed = change.apply(image);
            ImageRows.update(transaction, changed);
            return changed;
        });
    }

    private StoredContent contentOf(Caller caller, Image image) {
        switch (image.status()) {
            case ACTIVE -> {}
            case DEACTIVATED -> {
                if (!caller.isAdmin()) {
                    throw new TresccadException(
                            ErrorKind.FORBIDDEN, "Image " + image.id() + " is deactivated: its data is not given out.");
                }
            }
            case QUEUED, SAVING, UPLOADING, IMPORTING, KILLED -> throw new ImageHasNoData(image.id(), image.status());
        }
        ContentDigest digest = image.content().digest().orElseThrow();
        StoredContent found = contents.find(digest).orElseThrow(() -> new ContentMissing("data", digest));
        return new StoredContent(
                digest,
                found.path(),
                found.sizeBytes(),
                image.diskFormat().orElse(found.format()),
                found.virtualSizeBytes());
    }

    static Image visible(Handle handle, Caller caller, ImageId id) {
        return ImageRows.find(handle, id)
                .filter(image -> ImageRules.sees(
                        caller,
                        image,
                        MemberRows.find(handle, id, caller.projectId()).map(ImageMember::status)))
                .orElseThrow(() -> new ImageNotFound(id));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
