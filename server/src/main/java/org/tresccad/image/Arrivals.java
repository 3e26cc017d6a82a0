package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.job.Cancellation;
import org.tresccad.state.Database;

/** The data that is arriving now, one arrival an image: how it becomes an active image, or leaves no trace. */
final class Arrivals {
    private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);
    private static final Set<ImageStatus> UNFINISHED =
            EnumSet.of(ImageStatus.SAVING, ImageStatus.UPLOADING, ImageStatus.IMPORTING);

    private final Database database;
    private final ContentStore contents;
    private final ImageInspection inspection;
    private final ImageRules rules;
    private final Clock clock;
    private final Map<ImageId, Arrival> running = new ConcurrentHashMap<>();

    Arrivals(Database database, ContentStore contents, ImageInspection inspection, ImageRules rules, Clock clock) {
        this.database = database;
        this.contents = contents;
        this.inspection = inspection;
        this.rules = rules;
        this.clock = clock;
    }

    /** At start: what was arriving when the daemon died is gone; its images wait for data again. */
    void reconcile() {
        database.execute(transaction -> ImageRows.all(transaction).stream()
                .filter(image -> UNFINISHED.contains(image.status()))
                .forEach(image -> {
                    LOG.info("image {} was {} when the daemon ended; it is queued again", image.id(), image.status());
                    ImageRows.update(transaction, withStatus(image, ImageStatus.QUEUED));
                }));
        contents.reconcile();
    }

    /**
     * Moves a queued image to {@code arriving}; from then on this arrival alone may give it data.
     *
     * @param image as the caller saw it, rights checked
     */
    Arrival begin(Image image, ImageStatus arriving, OptionalLong expectedBytes) {
        Arrival arrival = new Arrival(image.id(), arriving, contents.begin(expectedBytes), expectedBytes);
        if (running.putIfAbsent(image.id(), arrival) != null) {
            arrival.file.discard();
            throw new WrongImageStatus("give data to", image.id(), ImageStatus.SAVING);
        }
        try {
            database.execute(transaction -> {
                Image current =
                        ImageRows.find(transaction, image.id()).orElseThrow(() -> new ImageNotFound(image.id()));
                if (current.status() != ImageStatus.QUEUED) {
                    throw new WrongImageStatus("give data to", image.id(), current.status());
                }
                ImageRows.update(transaction, withStatus(current, arriving));
            });
        } catch (RuntimeException e) {
            running.remove(image.id(), arrival);
            arrival.file.discard();
            throw e;
        }
        return arrival;
    }

    /** A reader of data that is arriving. */
    Optional<InputStream> follow(ImageId id) {
        return Optional.ofNullable(running.get(id))
                .filter(arrival -> arrival.status != ImageStatus.UPLOADING)
                .map(arrival -> arrival.file.follow());
    }

    /** The staged data of an image, to be imported now. */
    Arrival unstage(ImageId id) {
        Arrival arrival = running.get(id);
        if (arrival == null || !arrival.becomeImporting()) {
            throw new TresccadException(ErrorKind.CONFLICT, "Image " + id + " has no staged data to import.");
        }
        return arrival;
    }

    /** Ends what is arriving for an image that was deleted. */
    void stop(ImageId id) {
        Arrival arrival = running.get(id);
        if (arrival != null) {
            arrival.file.fail("the image was deleted");
            arrival.dropIfStaged();
        }
    }

    private Image withStatus(Image image, ImageStatus status) {
        return image.with(status, image.content(), now());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** One image's data on its way in. Used by one thread at a time, but for {@link #stop}. */
    final class Arrival {
        private final ImageId id;
        private final IncomingFile file;
        private OptionalLong expectedBytes;
        private volatile ImageStatus status;
        private IncomingFile.@Nullable Sealed staged;

        private Arrival(ImageId id, ImageStatus status, IncomingFile file, OptionalLong expectedBytes) {
            this.id = id;
            this.status = status;
            this.file = file;
            this.expectedBytes = expectedBytes;
        }

        /** Changes the image's record on the way. */
        void amend(UnaryOperator<Image> change) {
            database.execute(transaction -> ImageRows.update(transaction, change.apply(current(transaction))));
        }

        /** Says how many bytes there will be, once known. */
        void expect(OptionalLong bytes) {
            expectedBytes = bytes;
            contents.requireRoom(bytes);
        }

        /** Takes all data and makes the image active; on any failure it is queued again and nothing is kept. */
        Image receive(Images.Writer writer, Optional<ContentDigest> expectedDigest, Cancellation cancellation)
                throws IOException {
            return orAbandon(cancellation, () -> activate(write(writer, cancellation), expectedDigest));
        }

        /** Takes all data and keeps it for {@link #unstage}. */
        void stage(Images.Writer writer, Cancellation cancellation) throws IOException {
            orAbandon(cancellation, () -> {
                IncomingFile.Sealed sealed = write(writer, cancellation);
                synchronized (this) {
                    staged = sealed;
                }
                return sealed;
            });
        }

        /** Makes an image of staged data active. */
        Image finish(Cancellation cancellation) throws IOException {
            IncomingFile.Sealed sealed;
            synchronized (this) {
                if (staged == null) {
                    throw new IllegalStateException("nothing is staged");
                }
                sealed = staged;
            }
            return orAbandon(cancellation, () -> activate(sealed, Optional.empty()));
        }

        /** Gives up; the image is queued again. */
        void abandon(String why) {
            file.fail(why);
            file.discard();
            database.execute(transaction -> ImageRows.find(transaction, id)
                    .filter(image -> image.status() == status)
                    .ifPresent(image -> ImageRows.update(transaction, withStatus(image, ImageStatus.QUEUED))));
            running.remove(id, this);
        }

        private synchronized boolean becomeImporting() {
            if (status != ImageStatus.UPLOADING || staged == null) {
                return false;
            }
            amend(image -> withStatus(image, ImageStatus.IMPORTING));
            status = ImageStatus.IMPORTING;
            return true;
        }

        private synchronized void dropIfStaged() {
            if (status == ImageStatus.UPLOADING && staged != null) {
                file.discard();
                running.remove(id, this);
            }
        }

        private IncomingFile.Sealed write(Images.Writer writer, Cancellation cancellation) throws IOException {
            writer.writeTo(file.output());
            cancellation.throwIfCancelled();
            IncomingFile.Sealed sealed = file.seal();
            if (expectedBytes.isPresent() && expectedBytes.getAsLong() != sealed.sizeBytes()) {
                throw new TresccadException(
                        ErrorKind.BAD_REQUEST,
                        "The data ended after " + sealed.sizeBytes() + " of " + expectedBytes.getAsLong() + " bytes.");
            }
            return sealed;
        }

        private Image activate(IncomingFile.Sealed sealed, Optional<ContentDigest> expectedDigest) throws IOException {
            if (expectedDigest.filter(digest -> !digest.equals(sealed.digest())).isPresent()) {
                throw new TresccadException(
                        ErrorKind.INVALID_CONTENT, "The data that came is not the data that was promised (SHA-512).");
            }
            DiskFormat declared = database.read(this::current).diskFormat().orElseThrow();
            ImageInspection.Finding finding = inspection.inspect(file.path(), declared);
            contents.adopt(file, sealed, finding, transaction -> {
                Image image = current(transaction);
                long owned = ImageRows.ownedBy(transaction, image.owner()).stream()
                        .mapToLong(other -> other.content().sizeBytes().orElse(0))
                        .sum();
                rules.requireBytes(owned + sealed.sizeBytes());
                ImageRows.update(
                        transaction, image.with(ImageStatus.ACTIVE, content(sealed, finding, declared), now()));
            });
            running.remove(id, this);
            file.complete();
            return database.read(handle -> ImageRows.find(handle, id)).orElseThrow(() -> new ImageNotFound(id));
        }

        /** The image, as long as it still waits for this data. */
        private Image current(Handle handle) {
            return ImageRows.find(handle, id)
                    .filter(image -> image.status() == status)
                    .orElseThrow(() -> new ImageNotFound(id));
        }

        private <T> T orAbandon(Cancellation cancellation, Step<T> step) throws IOException {
            String why = "the daemon failed";
            boolean isDone = false;
            Cancellation.Registration registration =
                    cancellation.onCancel(() -> file.fail(cancellation.reason().orElse("cancelled")));
            try {
                T result = step.run();
                isDone = true;
                return result;
            } catch (TresccadException e) {
                why = e.getMessage();
                throw e;
            } catch (IOException e) {
                why = "its data did not arrive whole";
                throw e;
            } finally {
                registration.close();
                if (!isDone) {
                    abandon(why);
                }
            }
        }

        private static Image.Content content(
                IncomingFile.Sealed sealed, ImageInspection.Finding finding, DiskFormat declared) {
            boolean hasVirtualSize = declared == finding.format() || declared == DiskFormat.ISO;
            return new Image.Content(
                    OptionalLong.of(sealed.sizeBytes()),
                    hasVirtualSize ? OptionalLong.of(finding.virtualSizeBytes()) : OptionalLong.empty(),
                    Optional.of(sealed.md5()),
                    Optional.of(sealed.digest()));
        }
    }

    private interface Step<T> {
        T run() throws IOException;
    }
}
