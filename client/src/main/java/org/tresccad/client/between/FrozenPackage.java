package org.tresccad.client.between;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.handover.FrozenEpoch;
import org.tresccad.client.image.DownloadOptions;
import org.tresccad.client.image.Image;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;
import org.tresccad.client.tresccad.PackageManifest;

/**
 * A complete package at the source, as far as its mover must know it.
 *
 * @param home id of the home that its manifest names
 * @param guest the frozen server's name
 * @param baseSha512 of the file of its base image
 * @param hasKernel whether it boots by a kernel of its own, which Nova takes from the base image
 */
record FrozenPackage(
        Image image, FrozenEpoch epoch, String home, String guest, String baseSha512, boolean hasKernel, Size size) {
    /** The property by which a mover says where it has claimed a package for. */
    static final String HOME_CLAIMED = "tresccad_home_claimed";

    /** The property that every package has. */
    static final String MARK = "tresccad_package";

    /** What a flavor must have; the disk is what the guest sees of it. */
    record Size(int vcpus, long memoryMib, long diskBytes) {}

    /**
     * Reads the manifest and no more.
     *
     * @throws CloudConflict when that is no package that an OpenStack could restore
     */
    static FrozenPackage read(Cloud cloud, Image image, Cancellation cancellation) {
        String what = "move the package in image " + image.id();
        if (!image.properties().containsKey(MARK)) {
            throw new CloudConflict(cloud.name(), what, "it is no package.");
        }
        try (InputStream data = cloud.images()
                .download(
                        image.id(),
                        new DownloadOptions(false, false, Optional.empty()),
                        new Watch(Progress.NONE, cancellation))) {
            JsonNode manifest = PackageManifest.read(data)
                    .orElseThrow(() -> new CloudProtocolError(cloud.name(), what, "it is no package"));
            FrozenEpoch epoch = PackageManifest.epoch(manifest)
                    .orElseThrow(() -> new CloudProtocolError(cloud.name(), what, "its manifest names no epoch"));
            return of(cloud, image, manifest, epoch, what);
        } catch (IOException broken) {
            throw new CloudProtocolError(cloud.name(), what, "it ended early", broken);
        }
    }

    private static FrozenPackage of(Cloud cloud, Image image, JsonNode manifest, FrozenEpoch epoch, String what) {
        String base = manifest.at("/base_image/sha512").asText("");
        if (base.isEmpty()) {
            throw new CloudConflict(
                    cloud.name(), what, "its disk stands alone, and an OpenStack cannot restore such a one yet.");
        }
        boolean hasKernel = false;
        for (JsonNode member : manifest.path("members")) {
            hasKernel |= member.asText().equals("kernel");
        }
        JsonNode hardware = manifest.path("hardware");
        return new FrozenPackage(
                image,
                epoch,
                manifest.at("/identity/home/host_id").asText(""),
                manifest.at("/guest/name").asText(image.label()),
                base,
                hasKernel,
                new Size(
                        hardware.path("vcpus").asInt(),
                        hardware.path("memory_mib").asLong(),
                        hardware.path("disk_bytes").asLong()));
    }

    /** Whether the register of the Glance with that id decides who runs it: as its home, or in the place of its home. */
    boolean isDecidedAt(UUID glance) {
        return home.equals(glance.toString())
                || glance.toString().equals(image.properties().get(HOME_CLAIMED));
    }
}
