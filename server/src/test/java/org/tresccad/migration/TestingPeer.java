package org.tresccad.migration;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Verdict;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Preflight;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Progress;
import org.tresccad.vmpackage.Manifest;

/** A destination that takes everything and never gets beyond receiving, unless told otherwise. */
final class TestingPeer implements Peer {
    private static final Duration LONGEST_WAIT = Duration.ofMillis(2);

    /** What has been made there and not deleted. */
    final Set<ImageId> images = ConcurrentHashMap.newKeySet();

    volatile boolean uploadHangs;

    /** Whether it gets prepared, cannot start the guest when it is told the claim, and gives it back. */
    volatile boolean givesBack;

    /** Whether it refuses to delete images. */
    volatile boolean keepsImages;

    /** What it does when a restore is asked for. */
    volatile Runnable onRestore = () -> {};

    /** What happens before it says how the arrival is. */
    volatile Runnable onArrival = () -> {};

    /** What it held of images when it was told the verdict for the first time. */
    volatile Optional<Set<ImageId>> imagesWhenTold = Optional.empty();

    volatile Optional<TresccadException> restoreRefusal = Optional.empty();

    /** Why it gives the package up while that is uploaded. */
    volatile Optional<String> givesUp = Optional.empty();

    private final Claimant claimant = Claimant.random();
    private final InstanceId instance = InstanceId.random();
    private volatile boolean isOver;

    /** Gives the package up now. */
    void giveUp(String why) {
        givesUp = Optional.of(why);
        isOver = true;
    }

    @Override
    public Preflight.Answer check(Manifest manifest) {
        return new Preflight.Answer(List.of(), List.of());
    }

    @Override
    public void uploadBase(
            String name, StoredContent base, BandwidthLimit limit, Progress progress, Cancellation cancellation) {}

    @Override
    public void createPackage(ImageId image, String name, Map<String, String> properties) {
        images.add(image);
    }

    @Override
    public void uploadPackage(ImageId image, Images.Writer writer, Progress progress, Cancellation cancellation)
            throws IOException {
        if (givesUp.isPresent()) {
            isOver = true;
            throw new TresccadException(ErrorKind.CONFLICT, "The upload was ended: the image was deleted.");
        }
        writer.writeTo(new OutputStream() {
            @Override
            public void write(int one) {
                progress.add(1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                progress.add(length);
            }
        });
        if (uploadHangs) {
            try {
                cancellation.await(Duration.ofMinutes(5));
            } catch (Cancelled e) {
                // A transfer knows that it was cut off, not why.
                throw new TresccadException(ErrorKind.UNAVAILABLE, "The upload was cut off.", e);
            }
        }
    }

    @Override
    public InstanceId restore(ImageId image, Cancellation cancellation) {
        onRestore.run();
        restoreRefusal.ifPresent(refusal -> {
            throw refusal;
        });
        return instance;
    }

    /** Waits a little for news, as the real one does; and like that it gives none to a thread that was interrupted. */
    @Override
    public Optional<ArrivalReport> arrival(Epoch epoch, UUID nonce, ArrivalState known, Duration patience) {
        onArrival.run();
        LockSupport.parkNanos(Math.min(patience.toNanos(), LONGEST_WAIT.toNanos()));
        if (Thread.currentThread().isInterrupted()) {
            throw new TresccadException(ErrorKind.TIMEOUT, "The destination did not answer in time.");
        }
        return Optional.of(report());
    }

    @Override
    public Optional<ArrivalReport> tell(Epoch epoch, UUID nonce, Verdict verdict) {
        if (imagesWhenTold.isEmpty()) {
            imagesWhenTold = Optional.of(Set.copyOf(images));
        }
        isOver = givesBack || verdict instanceof Verdict.Withdrawn;
        return Optional.of(report());
    }

    @Override
    public void deleteImage(ImageId image) {
        if (keepsImages) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "The image is protected.");
        }
        images.remove(image);
    }

    @Override
    public void close() {}

    private ArrivalReport report() {
        ArrivalState alive = givesBack ? ArrivalState.PREPARED : ArrivalState.RECEIVING;
        ArrivalState state = isOver ? ArrivalState.DISCARDED : alive;
        return new ArrivalReport(state, claimant, instance, 0, givesUp);
    }
}
