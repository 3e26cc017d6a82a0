package org.tresccad.rest.guest;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Verdict;
import org.tresccad.identity.ProjectId;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Preflight;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.migration.BandwidthLimit;
import org.tresccad.migration.Destination;
import org.tresccad.migration.Destinations;
import org.tresccad.migration.Peer;
import org.tresccad.testing.TestingHost;
import org.tresccad.vmpackage.Manifest;

/**
 * One destination, {@code b}, for the project of {@link TestingHost#MEMBER}. It accepts every manifest, and refuses the
 * package: a move gets as far as one can before the freeze, and fails.
 */
final class TestingDestinations implements Destinations {
    /** Completes with {@link System#nanoTime} when a move stops waiting for the guest and would freeze it next. */
    final CompletableFuture<Long> aboutToFreeze = new CompletableFuture<>();

    final AtomicInteger probes = new AtomicInteger();

    /** What {@code b} is. */
    volatile String kind = "tresccad";

    @Override
    public List<String> names(ProjectId project) {
        return project.equals(TestingHost.MEMBER.projectId()) ? List.of("b", "c") : List.of();
    }

    @Override
    public List<Destination> probe(ProjectId project) {
        probes.incrementAndGet();
        return names(project).isEmpty()
                ? List.of()
                : List.of(
                        new Destination("b", kind, true, ""),
                        new Destination("c", "unknown", false, "It does not answer."));
    }

    @Override
    public Peer connect(ProjectId project, String name) {
        return new RefusingPeer();
    }

    private final class RefusingPeer implements Peer {
        @Override
        public Preflight.Answer check(Manifest manifest) {
            return new Preflight.Answer(List.of(), List.of());
        }

        @Override
        public void uploadBase(
                String name, StoredContent base, BandwidthLimit limit, Progress progress, Cancellation cancellation) {
            throw new AssertionError("nothing is lacking here");
        }

        @Override
        public void createPackage(ImageId image, String name, Map<String, String> properties) {
            aboutToFreeze.complete(System.nanoTime());
            throw new TresccadException(ErrorKind.QUOTA_EXCEEDED, "The destination takes no more images.");
        }

        @Override
        public void uploadPackage(ImageId image, Images.Writer writer, Progress progress, Cancellation cancellation) {
            throw new AssertionError("there is no package");
        }

        @Override
        public InstanceId restore(ImageId image, Cancellation cancellation) {
            throw new AssertionError("there is no package");
        }

        @Override
        public Optional<ArrivalReport> arrival(Epoch epoch, UUID nonce, ArrivalState known, Duration patience) {
            return Optional.empty();
        }

        @Override
        public Optional<ArrivalReport> tell(Epoch epoch, UUID nonce, Verdict verdict) {
            return Optional.empty();
        }

        @Override
        public void deleteImage(ImageId image) {}

        @Override
        public void close() {}
    }
}
