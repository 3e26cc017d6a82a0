package org.tresccad.migration.peer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Supplier;
import org.tresccad.client.Cloud;
import org.tresccad.client.image.NewImage;
import org.tresccad.cloud.CloudCalls;
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
import org.tresccad.job.Progress;
import org.tresccad.migration.BandwidthLimit;
import org.tresccad.migration.Peer;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Manifests;

/** Another tresccad host, reached through the client library. */
final class CloudPeer implements Peer {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Cloud cloud;

    CloudPeer(Cloud cloud) {
        this.cloud = cloud;
    }

    @Override
    public Preflight.Answer check(Manifest manifest) {
        return check(manifest, "checks");
    }

    @Override
    public Preflight.Answer reserve(Manifest manifest, long overlayBytes) {
        return check(manifest, "checks?reserve=true&overlay_bytes=" + overlayBytes);
    }

    @Override
    public void giveUp(Epoch epoch, UUID nonce) {
        CloudCalls.run(() ->
                cloud.tresccad().delete(HandoverWire.path(epoch) + "/reservation?nonce=" + nonce, JsonNode.class));
    }

    private Preflight.Answer check(Manifest manifest, String path) {
        try {
            HandoverWire.CheckView answer = CloudCalls.call(
                    () -> cloud.tresccad().post(path, Manifests.tree(manifest), HandoverWire.CheckView.class));
            return new Preflight.Answer(answer.reasons(), answer.missing());
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.NOT_FOUND) {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "'" + cloud.name() + "' is no tresccad host; it cannot take a guest.", e);
            }
            throw e;
        }
    }

    @Override
    public void uploadBase(
            String name, StoredContent base, BandwidthLimit limit, Progress progress, Cancellation cancellation) {
        String id = CloudCalls.call(() -> cloud.images()
                .create(NewImage.bare(name, base.format().wireName(), Map.of("tresccad_base", "1")))
                .id());
        try {
            CloudCalls.transfer(progress, cancellation, watch -> cloud.images()
                    .upload(
                            id,
                            out -> Files.copy(base.path(), limit.over(out)),
                            OptionalLong.of(base.sizeBytes()),
                            watch));
        } catch (RuntimeException e) {
            deleteImage(new ImageId(UUID.fromString(id)));
            throw e;
        }
    }

    @Override
    public void createPackage(ImageId image, String name, Map<String, String> properties) {
        CloudCalls.run(() -> cloud.images()
                .create(new NewImage(Optional.of(image.toString()), name, "raw", "bare", properties, List.of())));
    }

    @Override
    public void uploadPackage(ImageId image, Images.Writer writer, Progress progress, Cancellation cancellation)
            throws IOException {
        try {
            CloudCalls.transfer(progress, cancellation, watch -> cloud.images()
                    .upload(image.toString(), writer::writeTo, OptionalLong.empty(), watch));
        } catch (UncheckedIOException e) {
            throw new IOException(e);
        }
    }

    @Override
    public InstanceId restore(ImageId image, Cancellation cancellation) {
        awaitArriving(image, cancellation);
        String id = CloudCalls.call(() -> cloud.compute().restore(image.toString(), Map.of()));
        return InstanceId.parse(id)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.UNAVAILABLE, "'" + cloud.name() + "' answered with a malformed server id."));
    }

    @Override
    public Optional<ArrivalReport> arrival(Epoch epoch, UUID nonce, ArrivalState known, Duration patience) {
        return found(() -> cloud.tresccad()
                .get(
                        HandoverWire.path(epoch) + "/arrival?nonce=" + nonce + "&known=" + known + "&wait="
                                + patience.toMillis(),
                        HandoverWire.ArrivalView.class));
    }

    @Override
    public Optional<ArrivalReport> tell(Epoch epoch, UUID nonce, Verdict verdict) {
        return found(() -> cloud.tresccad()
                .put(
                        HandoverWire.path(epoch) + "/arrival",
                        HandoverWire.TellRequest.of(nonce, verdict),
                        HandoverWire.ArrivalView.class));
    }

    @Override
    public void supersede(Epoch given, UUID nonce, Epoch raised) {
        CloudCalls.run(() -> Superseding.tell(cloud, given, nonce, raised));
    }

    @Override
    public OptionalLong newest(Epoch given, UUID nonce) {
        try {
            return OptionalLong.of(CloudCalls.call(() -> cloud.tresccad()
                    .get(HandoverWire.path(given) + "/newest?nonce=" + nonce, HandoverWire.NewestView.class)
                    .epoch()));
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.NOT_FOUND) {
                return OptionalLong.empty();
            }
            throw e;
        }
    }

    @Override
    public void deleteImage(ImageId image) {
        try {
            CloudCalls.run(() -> cloud.images().delete(image.toString()));
        } catch (TresccadException e) {
            if (e.kind() != ErrorKind.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** The connection is shared and stays open. */
    @Override
    public void close() {}

    /** The upload runs in another thread; a restore finds the package only once its first bytes have come. */
    private void awaitArriving(ImageId image, Cancellation cancellation) {
        while (CloudCalls.call(() -> cloud.images().get(image.toString()).status())
                .equals("queued")) {
            cancellation.throwIfCancelled();
            cancellation.await(PAUSE);
        }
    }

    private static Optional<ArrivalReport> found(Supplier<HandoverWire.ArrivalView> call) {
        try {
            HandoverWire.ArrivalView view = CloudCalls.call(call);
            return Optional.of(new ArrivalReport(
                    ArrivalState.valueOf(view.state()),
                    new Claimant(view.claimant()),
                    new InstanceId(view.instanceId()),
                    view.receivedBytes(),
                    view.error()));
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
