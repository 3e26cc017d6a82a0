package org.tresccad.migration;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
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
import org.tresccad.job.Progress;
import org.tresccad.vmpackage.Manifest;

/**
 * The other end of a move. All but {@code check}, {@code arrival} and {@code tell} are ordinary calls of an image and a
 * compute service. Errors: UNAVAILABLE or TIMEOUT when there is no answer (nothing is known then), others as the other
 * side said.
 */
public interface Peer extends AutoCloseable {
    /** Whether the instance can be resumed there, and what is there already of what the manifest refers to. */
    Preflight.Answer check(Manifest manifest);

    /**
     * As {@link #check}, for an instance that is about to come: its room is promised to it for some minutes. A destination
     * that cannot promise only looks.
     *
     * @param overlayBytes what its overlay takes on the disk
     */
    default Preflight.Answer reserve(Manifest manifest, long overlayBytes) {
        return check(manifest);
    }

    /** Ends what {@link #reserve} promised, for the instance does not come; nothing happens when it did. */
    default void giveUp(Epoch epoch, UUID nonce) {}

    /** Uploads a base image the destination lacks, within {@code limit}. */
    void uploadBase(
            String name, StoredContent base, BandwidthLimit limit, Progress progress, Cancellation cancellation);

    /** Makes the record of the image that will hold the package, under an id of ours. */
    void createPackage(ImageId image, String name, Map<String, String> properties);

    /**
     * Uploads the package while it is written.
     *
     * @throws IOException when the writer fails
     */
    void uploadPackage(ImageId image, Images.Writer writer, Progress progress, Cancellation cancellation)
            throws IOException;

    /** Starts the restore of a package that is being uploaded; returns once the destination has accepted its manifest. */
    InstanceId restore(ImageId image, Cancellation cancellation);

    /** What became of an epoch there; waits up to {@code patience} while it is in {@code known}. */
    Optional<ArrivalReport> arrival(Epoch epoch, UUID nonce, ArrivalState known, Duration patience);

    /** Tells the verdict, and answers what became of the epoch; empty when it never came there. */
    Optional<ArrivalReport> tell(Epoch epoch, UUID nonce, Verdict verdict);

    /** Tells that the package of {@code given} was reclaimed by its owner; what is there of a lower epoch is stopped for good. */
    default void supersede(Epoch given, UUID nonce, Epoch raised) {}

    /** The highest decided epoch of the lineage that is known there, to one who had the package of {@code given}. */
    default OptionalLong newest(Epoch given, UUID nonce) {
        return OptionalLong.empty();
    }

    /** Deletes an image that was made there; nothing happens when it is gone. */
    void deleteImage(ImageId image);

    @Override
    void close();

    /**
     * An arrival, as the destination reports it.
     *
     * @param receivedBytes how much of the package's members it has unpacked so far
     * @param error why it was discarded
     */
    record ArrivalReport(
            ArrivalState state, Claimant claimant, InstanceId instance, long receivedBytes, Optional<String> error) {}
}
