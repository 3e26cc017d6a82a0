package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/**
 * Data that images fetch by themselves, in the background. While it runs the image is {@link ImageStatus#IMPORTING};
 * when it fails the image is queued again and its property {@value #FAILURE} says why, in one sentence.
 */
public final class ImageImports implements AutoCloseable {
    /** The property that tells why the last import failed. */
    public static final String FAILURE = "os_glance_failed_import";

    private static final Logger LOG = LoggerFactory.getLogger(ImageImports.class);
    private static final int LONGEST_FAILURE = 255;
    /** These name other images of the cloud they come from. */
    private static final Set<String> FOREIGN_REFERENCES = Set.of("kernel_id", "ramdisk_id");

    private final StoredImages images;
    private final RemoteImages remote;
    private final WebSource web;
    private final Executor executor;
    private final Map<ImageId, Running> running = new ConcurrentHashMap<>();

    private record Running(Progress progress, Cancellation cancellation) {}

    private interface Work {
        void run() throws IOException;
    }

    /** Imports run on {@code executor}, which is not closed here. */
    public ImageImports(StoredImages images, RemoteImages remote, WebSource web, Executor executor) {
        this.images = images;
        this.remote = remote;
        this.web = web;
        this.executor = executor;
    }

    /**
     * Begins an import into a queued image (or one with staged data) that the caller owns. When this returns the image
     * is importing; the rest is in the background.
     */
    public void begin(Caller caller, ImageId id, ImportMethod method) {
        Running job = new Running(new Progress(), new Cancellation());
        if (method instanceof ImportMethod.Staged) {
            Arrivals.Arrival arrival = images.unstage(caller, id);
            start(id, job, arrival, () -> arrival.finish(job.cancellation()));
        } else if (method instanceof ImportMethod.Web fromWeb) {
            StoredImages.requireFormats(images.get(caller, id));
            Arrivals.Arrival arrival = images.arrive(caller, id, ImageStatus.IMPORTING, OptionalLong.empty());
            start(id, job, arrival, () -> fromWeb(fromWeb, arrival, job));
        } else if (method instanceof ImportMethod.Cloud fromCloud) {
            Arrivals.Arrival arrival = images.arrive(caller, id, ImageStatus.IMPORTING, OptionalLong.empty());
            start(id, job, arrival, () -> fromCloud(caller, fromCloud, arrival, job));
        }
    }

    /** How far the running import of an image is, if there is one. */
    public Optional<Progress> progress(ImageId id) {
        return Optional.ofNullable(running.get(id)).map(Running::progress);
    }

    /** Ends every running import; their images are queued again. */
    @Override
    public void close() {
        running.values().forEach(job -> job.cancellation().cancel("the daemon stops"));
    }

    private void start(ImageId id, Running job, Arrivals.Arrival arrival, Work work) {
        running.put(id, job);
        try {
            executor.execute(() -> run(id, arrival, work));
        } catch (RuntimeException e) {
            running.remove(id);
            arrival.abandon("the daemon stops");
            throw e;
        }
    }

    private void run(ImageId id, Arrivals.Arrival arrival, Work work) {
        try {
            work.run();
            LOG.info("import into image {} is complete", id);
        } catch (TresccadException e) {
            LOG.warn("import into image {} failed: {}", id, e.getMessage(), e.getCause());
            failed(id, arrival, e.getMessage());
        } catch (IOException e) {
            LOG.warn("import into image {} failed", id, e);
            failed(id, arrival, "The source did not answer, or its data did not come whole.");
        } catch (RuntimeException e) {
            LOG.error("import into image {} failed", id, e);
            failed(id, arrival, "The import failed; the log of the host tells why.");
        } finally {
            running.remove(id);
        }
    }

    private void failed(ImageId id, Arrivals.Arrival arrival, String why) {
        arrival.abandon(why);
        String sentence = why.length() > LONGEST_FAILURE ? why.substring(0, LONGEST_FAILURE) : why;
        images.note(id, choices -> {
            Map<String, String> properties = new HashMap<>(choices.properties());
            properties.put(FAILURE, sentence);
            return choices.withProperties(properties);
        });
    }

    private void fromWeb(ImportMethod.Web method, Arrivals.Arrival arrival, Running job) throws IOException {
        try (WebSource.Download download = web.open(method.location(), job.cancellation())) {
            receive(arrival, download.sizeBytes(), Optional.empty(), download.data(), job);
        }
    }

    private void fromCloud(Caller caller, ImportMethod.Cloud method, Arrivals.Arrival arrival, Running job)
            throws IOException {
        try (RemoteImages.Found found = remote.fetch(caller, method.cloudName(), method.image(), job.cancellation())) {
            images.copyDescription(arrival, found, FOREIGN_REFERENCES);
            receive(arrival, found.sizeBytes(), found.digest(), found.data(), job);
        }
    }

    private static void receive(
            Arrivals.Arrival arrival,
            OptionalLong sizeBytes,
            Optional<ContentDigest> digest,
            InputStream data,
            Running job)
            throws IOException {
        arrival.expect(sizeBytes);
        sizeBytes.ifPresent(job.progress()::expect);
        arrival.receive(
                out -> StoredImages.copy(data, out, job.progress(), job.cancellation()), digest, job.cancellation());
    }
}
