package org.tresccad.migration;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.handover.Verdict;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageStatus;
import org.tresccad.image.Images;
import org.tresccad.image.NewImage;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.DeleteInstance;
import org.tresccad.instance.Homes;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.instance.Instances;
import org.tresccad.instance.RestoreInstance;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Jobs;
import org.tresccad.job.Progress;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageReader;
import org.tresccad.vmpackage.PackageWorkers;

/**
 * Fetches packages that are addressed to this host, for a host that cannot be called: looks where they may lie, copies them
 * here under the id they have there, and restores them like any other; whose guest it is, their home decides. A package
 * whose guest runs here is deleted where it was. What has become of it is read from the journal of arrivals each time, so
 * nothing is lost with the process but the memory of how long to wait after a failure.
 */
public final class Inbox {
    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);
    private static final String PACKAGE = "tresccad_package";
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    private final String host;
    private final Supplier<? extends Collection<? extends PackageBox>> boxes;
    private final Images images;
    private final Arrivals arrivals;
    private final Instances instances;
    private final DeleteInstance deleting;
    private final RestoreInstance restoring;
    private final Homes homes;
    private final PackageLimits limits;
    private final PackageWorkers workers;
    private final Jobs jobs;
    private final Duration firstPause;
    private final Clock clock;
    private final Set<ImageId> working = ConcurrentHashMap.newKeySet();
    private final Set<ImageId> closed = ConcurrentHashMap.newKeySet();
    private final Map<ImageId, Failure> failures = new ConcurrentHashMap<>();

    /** Looks into {@code boxes} for packages to {@code host}; after a failure, first {@code firstPause} later, then longer. */
    public Inbox(
            String host,
            Supplier<? extends Collection<? extends PackageBox>> boxes,
            Images images,
            Arrivals arrivals,
            Instances instances,
            DeleteInstance deleting,
            RestoreInstance restoring,
            Homes homes,
            PackageLimits limits,
            PackageWorkers workers,
            Jobs jobs,
            Duration firstPause,
            Clock clock) {
        this.host = host;
        this.boxes = boxes;
        this.images = images;
        this.arrivals = arrivals;
        this.instances = instances;
        this.deleting = deleting;
        this.restoring = restoring;
        this.homes = homes;
        this.limits = limits;
        this.workers = workers;
        this.jobs = jobs;
        this.firstPause = firstPause;
        this.clock = clock;
    }

    /** Looks once, and starts what there is to do; to be called now and then. */
    public void look() {
        for (PackageBox box : boxes.get()) {
            try {
                box.addressed(host).forEach(found -> take(box, found));
            } catch (TresccadException e) {
                LOG.info("no look into {} for packages now: {}", box.name(), e.getMessage());
            }
        }
    }

    private void take(PackageBox box, PackageBox.Addressed found) {
        Failure failure = failures.get(found.image());
        boolean isDue = failure == null || !clock.instant().isBefore(failure.again());
        if (isDue && !closed.contains(found.image()) && working.add(found.image())) {
            jobs.start("package " + found.image() + " from " + box.name(), () -> {
                try {
                    goOn(box, found);
                } catch (TresccadException | IOException e) {
                    failed(box, found, reason(e), Optional.empty());
                } finally {
                    working.remove(found.image());
                }
            });
        }
    }

    private void goOn(PackageBox box, PackageBox.Addressed found) throws IOException {
        Optional<Arrival> arrival = arrivals.of(found.image());
        if (arrival.isEmpty()) {
            begin(box, found, arrival);
            return;
        }
        switch (arrival.get().state()) {
            case RECEIVING, PREPARED, ACCEPTED -> {}
            case RUNNING -> conclude(box, arrival.get());
            case DISCARDED -> tryAgain(box, found, arrival.get());
        }
    }

    /** The copy here goes before the package there, by which it would be found. */
    private void conclude(PackageBox box, Arrival arrived) {
        homes.find(arrived.project(), arrived.home())
                .ifPresent(home -> home.tellRunning(arrived.epoch(), arrived.nonce(), arrived.claimant()));
        discardCopy(box, arrived.image());
        box.delete(arrived.image());
        failures.remove(arrived.image());
        LOG.info("package {} from {} has arrived as {}", arrived.image(), box.name(), arrived.instance());
    }

    /** The failed instance that tells why goes once that was told at the package. */
    private void tryAgain(PackageBox box, PackageBox.Addressed found, Arrival discarded) throws IOException {
        Failure last = failures.get(found.image());
        if (last == null || !last.of().equals(Optional.of(discarded.startedAt()))) {
            failed(
                    box,
                    found,
                    discarded.error().orElse("It could not be restored."),
                    Optional.of(discarded.startedAt()));
            return;
        }
        instances
                .find(discarded.instance())
                .filter(instance -> instance.status() == InstanceStatus.ERROR)
                .ifPresent(instance -> deleting.delete(box.recipient(), instance.id()));
        begin(box, found, Optional.of(discarded));
    }

    private void begin(PackageBox box, PackageBox.Addressed found, Optional<Arrival> before) throws IOException {
        Manifest manifest = manifest(box, found);
        Optional<String> end = end(box, manifest, before);
        if (end.isPresent()) {
            LOG.warn("package {} from {} is left alone: {}", found.image(), box.name(), end.get());
            discardCopy(box, found.image());
            box.complain(found.image(), end.get());
            closed.add(found.image());
            return;
        }
        fetch(box, found, manifest);
        restoring.restore(box.recipient(), found.image(), Optional.empty());
    }

    /** Why the package will never run here, as far as its home says so. */
    private Optional<String> end(PackageBox box, Manifest manifest, Optional<Arrival> before) {
        Manifest.Identity identity = manifest.identity();
        Epoch epoch = new Epoch(new Lineage(identity.lineage()), identity.epoch());
        Optional<Verdict> ours = before.map(arrival -> new Verdict.Claimed(arrival.claimant()));
        return homes.register(box.recipient().projectId(), identity.home())
                .flatMap(register -> register.find(epoch, identity.nonce()))
                .filter(standing -> !standing.isReturned()
                        && !Optional.of(standing.verdict()).equals(ours))
                .map(standing -> standing.verdict() instanceof Verdict.Withdrawn
                        ? "The guest was taken back."
                        : "The guest was restored elsewhere.");
    }

    /** The id was chosen where the package lies, and may be that of any image here. */
    private void discardCopy(PackageBox box, ImageId id) {
        images.list(box.recipient()).stream()
                .filter(image -> image.id().equals(id)
                        && image.owner().equals(box.recipient().projectId())
                        && image.properties().containsKey(PACKAGE))
                .forEach(copy -> images.discard(copy.id()));
    }

    /** Whatever an earlier try has brought here already stays. */
    private void fetch(PackageBox box, PackageBox.Addressed found, Manifest manifest) throws IOException {
        Optional<Image> here = images.list(box.recipient()).stream()
                .filter(image -> image.id().equals(found.image()))
                .findFirst();
        if (here.filter(image -> image.status() == ImageStatus.ACTIVE).isPresent()) {
            return;
        }
        fetchBase(box, manifest);
        if (here.isEmpty()) {
            images.create(
                    box.recipient(),
                    NewImage.of(found.name(), DiskFormat.RAW, Map.of(PACKAGE, "1"))
                            .withId(found.image()));
        }
        upload(box, found.image(), found.image());
    }

    private void fetchBase(PackageBox box, Manifest manifest) throws IOException {
        Optional<ContentDigest> missing = manifest.baseImage()
                .map(Manifest.BaseImage::digest)
                .filter(digest -> !images.offers(box.recipient(), digest));
        if (missing.isEmpty()) {
            return;
        }
        PackageBox.Base base = box.base(missing.get())
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.CONFLICT,
                        "Its base image " + missing.get() + " is neither here nor where the package lies."));
        LOG.info("base image {} comes from {}", base.image(), box.name());
        Image made =
                images.create(box.recipient(), NewImage.of(base.name(), base.format(), Map.of("tresccad_base", "1")));
        boolean isComplete = false;
        try {
            upload(box, base.image(), made.id());
            isComplete = true;
        } finally {
            if (!isComplete) {
                images.discard(made.id());
            }
        }
    }

    private void upload(PackageBox box, ImageId from, ImageId to) throws IOException {
        Cancellation cancellation = new Cancellation();
        try (InputStream data = box.open(from, cancellation)) {
            images.upload(box.recipient(), to, data, new Progress(), cancellation);
        }
    }

    private Manifest manifest(PackageBox box, PackageBox.Addressed found) throws IOException {
        try (InputStream data = box.open(found.image(), new Cancellation())) {
            return PackageReader.open(data, limits, workers).manifest();
        }
    }

    private void failed(PackageBox box, PackageBox.Addressed found, String why, Optional<Instant> attempt) {
        Failure before = failures.get(found.image());
        Duration pause = before == null ? firstPause : shorter(before.pause().multipliedBy(2), LONGEST_PAUSE);
        failures.put(found.image(), new Failure(pause, clock.instant().plus(pause), attempt));
        LOG.warn("package {} from {} is tried again in {}: {}", found.image(), box.name(), pause, why);
        try {
            box.complain(found.image(), why);
        } catch (TresccadException e) {
            LOG.info("{} was not told so: {}", box.name(), e.getMessage());
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static String reason(Exception e) {
        return e instanceof TresccadException known
                ? String.valueOf(known.getMessage())
                : "The package could not be fetched to its end.";
    }

    /**
     * A try that failed.
     *
     * @param of which arrival that was told of, if it came so far: when that began
     */
    private record Failure(Duration pause, Instant again, Optional<Instant> of) {}
}
