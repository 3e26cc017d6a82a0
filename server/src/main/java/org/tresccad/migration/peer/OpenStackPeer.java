package org.tresccad.migration.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.IntStream;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Flavor;
import org.tresccad.client.compute.Limits;
import org.tresccad.client.image.NewImage;
import org.tresccad.cloud.CloudCalls;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.ForeignRegister;
import org.tresccad.handover.Verdict;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Preflight;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.migration.BandwidthLimit;
import org.tresccad.migration.DecidingPeer;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Member;

/** An OpenStack with tresccad's plugin, reached through the client library. */
final class OpenStackPeer implements DecidingPeer {
    /** The item of a server's metadata by which the plugin knows the package; it is gone once the server is there. */
    private static final String RESTORED_FROM = "tresccad_restore";

    /** By which Glance and Nova know the kernel of a disk image. */
    private static final String KERNEL = "kernel_id";

    private final Cloud cloud;
    private final CloudPeer ordinary;

    OpenStackPeer(Cloud cloud) {
        this.cloud = cloud;
        this.ordinary = new CloudPeer(cloud);
    }

    @Override
    public Manifest.Home home() {
        return GlanceHome.of(cloud);
    }

    @Override
    public ForeignRegister register() {
        return new GlanceHome(cloud);
    }

    /** As far as a member of a project can know: what its compute nodes have shows when they restore. */
    @Override
    public Preflight.Answer check(Manifest manifest) {
        requirePlugin(cloud);
        List<Preflight.Reason> reasons = new ArrayList<>();
        Manifest.Hardware hardware = manifest.hardware();
        List<Flavor> flavors = CloudCalls.call(() -> cloud.compute().flavors());
        if (flavors.stream()
                .noneMatch(flavor -> flavor.fits(hardware.vcpus(), hardware.memoryMib(), hardware.diskBytes()))) {
            reasons.add(new Preflight.Reason(
                    "flavor",
                    "'" + cloud.name() + "' has no flavor of " + hardware.vcpus() + " vCPUs, " + hardware.memoryMib()
                            + " MiB of memory and a disk of at least " + hardware.diskBytes() + " bytes."));
        }
        Limits limits = CloudCalls.call(() -> cloud.compute().limits());
        limits.shortage(hardware.vcpus(), hardware.memoryMib())
                .ifPresent(what -> reasons.add(new Preflight.Reason(
                        "quota",
                        "The quota of the project at '" + cloud.name() + "' has no room for its " + what + ".")));
        Optional<ContentDigest> base = manifest.baseImage().map(Manifest.BaseImage::digest);
        if (base.isEmpty()) {
            reasons.add(
                    new Preflight.Reason("disk", "Its disk has no base image, which an OpenStack cannot take yet."));
        }
        boolean hasKernel = manifest.members().contains(Member.KERNEL);
        base.filter(digest -> !isThere(digest, hasKernel))
                .ifPresent(digest -> reasons.add(new Preflight.Reason(
                        Preflight.BASE_IMAGE, "The base image " + digest + " is not in '" + cloud.name() + "'.")));
        List<Integer> all =
                IntStream.range(0, manifest.references().size()).boxed().toList();
        return new Preflight.Answer(reasons, all);
    }

    /**
     * Refuses an OpenStack without the plugin. Nova has no POST at this address, and the plugin says what it lacks.
     *
     * @throws TresccadException CONFLICT
     */
    static void requirePlugin(Cloud cloud) {
        if (!CloudCalls.call(() -> cloud.compute().restores())) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "'" + cloud.name() + "' is an OpenStack without tresccad's plugin; it cannot take a guest with its"
                            + " memory.");
        }
    }

    /** Nova takes the kernel from the base image: one without is no base for a guest with, nor the reverse. */
    private boolean isThere(ContentDigest base, boolean hasKernel) {
        return CloudCalls.call(() -> cloud.images().list(Map.of("os_hash_value", base.sha512(), "status", "active")))
                .stream()
                .filter(image -> image.properties().containsKey(KERNEL) == hasKernel)
                .anyMatch(image -> image.content()
                        .digest()
                        .filter(digest -> digest.hex().equals(base.sha512()))
                        .isPresent());
    }

    @Override
    public void uploadBase(
            String name,
            StoredContent base,
            Boot boot,
            BandwidthLimit limit,
            Progress progress,
            Cancellation cancellation) {
        List<String> made = new ArrayList<>();
        boolean isComplete = false;
        try {
            Map<String, String> properties = new HashMap<>();
            properties.put("tresccad_base", "1");
            properties.put("os_command_line", boot.commandLine());
            NewImage kernel = part(name + "-kernel", "aki");
            properties.put(KERNEL, upload(kernel, boot.kernel(), made, limit, progress, cancellation));
            boot.ramdisk().ifPresent(ramdisk -> {
                NewImage image = part(name + "-ramdisk", "ari");
                properties.put("ramdisk_id", upload(image, ramdisk, made, limit, progress, cancellation));
            });
            NewImage disk = NewImage.bare(name, base.format().wireName(), properties);
            upload(disk, base, made, limit, progress, cancellation);
            isComplete = true;
        } finally {
            if (!isComplete) {
                made.forEach(id -> deleteImage(new ImageId(UUID.fromString(id))));
            }
        }
    }

    private static NewImage part(String name, String format) {
        return new NewImage(Optional.empty(), name, format, format, Map.of("tresccad_base", "1"), List.of());
    }

    private String upload(
            NewImage image,
            StoredContent content,
            List<String> made,
            BandwidthLimit limit,
            Progress progress,
            Cancellation cancellation) {
        String id = CloudCalls.call(() -> cloud.images().create(image).id());
        made.add(id);
        CloudCalls.transfer(progress, cancellation, watch -> cloud.images()
                .upload(
                        id,
                        out -> Files.copy(content.path(), limit.over(out)),
                        OptionalLong.of(content.sizeBytes()),
                        watch));
        return id;
    }

    @Override
    public void uploadBase(
            String name, StoredContent base, BandwidthLimit limit, Progress progress, Cancellation cancellation) {
        ordinary.uploadBase(name, base, limit, progress, cancellation);
    }

    @Override
    public void createPackage(ImageId image, String name, Map<String, String> properties) {
        ordinary.createPackage(image, name, properties);
    }

    @Override
    public void uploadPackage(ImageId image, Images.Writer writer, Progress progress, Cancellation cancellation)
            throws IOException {
        ordinary.uploadPackage(image, writer, progress, cancellation);
    }

    @Override
    public InstanceId restore(ImageId image, Cancellation cancellation) {
        return ordinary.restore(image, cancellation);
    }

    @Override
    public Server server(InstanceId id) {
        try {
            org.tresccad.client.compute.Server seen =
                    CloudCalls.call(() -> cloud.compute().server(id.toString()));
            Server.State state =
                    switch (seen.status()) {
                        case "BUILD" -> Server.State.BUILDING;
                        case "ERROR" -> Server.State.FAILED;
                        case "DELETED", "SOFT_DELETED" -> Server.State.GONE;
                        default -> Server.State.THERE;
                    };
            return new Server(state, seen.faultText());
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.NOT_FOUND) {
                return new Server(Server.State.GONE, "");
            }
            throw e;
        }
    }

    @Override
    public void deleteServers(ImageId restoredFrom, Optional<InstanceId> known) {
        known.map(InstanceId::toString).ifPresent(this::deleteServer);
        CloudCalls.call(() -> cloud.compute().servers()).stream()
                .filter(server ->
                        restoredFrom.toString().equals(server.metadata().get(RESTORED_FROM)))
                .forEach(server -> deleteServer(server.id()));
    }

    private void deleteServer(String id) {
        try {
            CloudCalls.run(() -> cloud.compute().delete(id));
        } catch (TresccadException e) {
            if (e.kind() != ErrorKind.NOT_FOUND) {
                throw e;
            }
        }
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
    public void deleteImage(ImageId image) {
        ordinary.deleteImage(image);
    }

    @Override
    public void close() {
        ordinary.close();
    }
}
