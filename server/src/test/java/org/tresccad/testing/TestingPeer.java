package org.tresccad.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Verdict;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageStatus;
import org.tresccad.image.Images;
import org.tresccad.image.NewImage;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Preflight;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.migration.BandwidthLimit;
import org.tresccad.migration.Peer;
import org.tresccad.vmpackage.Manifest;

/** Another host of the test, asked as over the network; the routes it stands for are in {@code rest.tresccad}. */
final class TestingPeer implements Peer {
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final TestingInternet internet;
    private final Failpoints from;
    private final MortalHost to;

    TestingPeer(TestingInternet internet, Failpoints from, MortalHost to) {
        this.internet = internet;
        this.from = from;
        this.to = to;
    }

    @Override
    public Preflight.Answer check(Manifest manifest) {
        return ask("check", life -> () -> life.admission.check(TestingHost.MEMBER, manifest));
    }

    @Override
    public Preflight.Answer reserve(Manifest manifest, long overlayBytes) {
        return ask("reserve", life -> () -> life.admission.reserve(TestingHost.MEMBER, manifest, overlayBytes));
    }

    @Override
    public void giveUp(Epoch epoch, UUID nonce) {
        ask("give the room back", life -> () -> {
            life.admission.giveUp(epoch, nonce);
            return true;
        });
    }

    @Override
    public void uploadBase(
            String name, StoredContent base, BandwidthLimit limit, Progress progress, Cancellation cancellation) {
        ask(
                "upload the base image",
                life -> () -> life.host.images.upload(
                        TestingHost.MEMBER,
                        life.host
                                .images
                                .create(TestingHost.MEMBER, NewImage.of(name, base.format(), Map.of()))
                                .id(),
                        Files.newInputStream(base.path()),
                        progress,
                        new Cancellation()));
    }

    @Override
    public void createPackage(ImageId image, String name, Map<String, String> properties) {
        ask(
                "create the package",
                life -> () -> life.host.images.create(
                        TestingHost.MEMBER,
                        NewImage.of(name, DiskFormat.RAW, properties).withId(image)));
    }

    @Override
    public void uploadPackage(ImageId image, Images.Writer writer, Progress progress, Cancellation cancellation)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.writeTo(out);
        byte[] data = out.toByteArray();
        ask(
                "upload the package",
                life -> () -> life.host.images.upload(
                        TestingHost.MEMBER, image, new ByteArrayInputStream(data), progress, new Cancellation()));
    }

    @Override
    public InstanceId restore(ImageId image, Cancellation cancellation) {
        while (internet.look(from, to, life -> () -> status(life, image)) != ImageStatus.ACTIVE) {
            cancellation.throwIfCancelled();
            cancellation.await(PAUSE);
        }
        return ask(
                "restore",
                life -> () -> life.restore
                        .restore(TestingHost.MEMBER, image, Optional.empty())
                        .id());
    }

    @Override
    public Optional<ArrivalReport> arrival(Epoch epoch, UUID nonce, ArrivalState known, Duration patience) {
        return found(() -> ask("how is the arrival", life -> () -> {
            Arrival first = mine(life, epoch, nonce);
            return report(life.changes
                    .await(() -> life.arrivals.find(epoch).filter(a -> a.state() != known), patience)
                    .orElse(first));
        }));
    }

    @Override
    public Optional<ArrivalReport> tell(Epoch epoch, UUID nonce, Verdict verdict) {
        return found(() -> ask("tell " + verdict.getClass().getSimpleName(), life -> () -> {
            mine(life, epoch, nonce);
            if (verdict instanceof Verdict.Withdrawn) {
                life.receive.cancel(epoch, "the source took it back");
            }
            return report(life.conclude.told(epoch, nonce, verdict));
        }));
    }

    @Override
    public void supersede(Epoch given, UUID nonce, Epoch raised) {
        ask("supersede", life -> () -> {
            life.claims.superseded(TestingHost.MEMBER, given, nonce, raised.number());
            return true;
        });
    }

    @Override
    public OptionalLong newest(Epoch given, UUID nonce) {
        return found(() -> ask("newest", life -> () -> life.claims.newest(TestingHost.MEMBER, given, nonce)))
                .map(OptionalLong::of)
                .orElseGet(OptionalLong::empty);
    }

    @Override
    public void deleteImage(ImageId image) {
        found(() -> ask("delete the package", life -> () -> {
            life.host.images.delete(TestingHost.MEMBER, image);
            return true;
        }));
    }

    @Override
    public void close() {}

    private <T> T ask(String what, Function<Life, Callable<T>> request) {
        return internet.carry(from, to, what, request);
    }

    private static ImageStatus status(Life life, ImageId image) {
        Image found = life.host.images.get(TestingHost.MEMBER, image);
        return found.status();
    }

    private static Arrival mine(Life life, Epoch epoch, UUID nonce) {
        return life.arrivals
                .find(epoch)
                .filter(a -> a.nonce().equals(nonce))
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "Not known here."));
    }

    private static ArrivalReport report(Arrival arrival) {
        return new ArrivalReport(arrival.state(), arrival.claimant(), arrival.instance(), 0, arrival.error());
    }

    private static <T> Optional<T> found(Callable<T> call) {
        try {
            return Optional.of(call.call());
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
