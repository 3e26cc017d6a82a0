package org.tresccad.client.between;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.image.Image;
import org.tresccad.client.transfer.MoveReport;

/** Base images, without which the plugin restores nothing; with kernel and ramdisk where they name any. */
final class BaseImages {
    private static final String KERNEL = "kernel_id";
    private static final String RAMDISK = "ramdisk_id";

    private final Cloud source;
    private final Cloud target;

    BaseImages(Cloud source, Cloud target) {
        this.source = source;
        this.target = target;
    }

    /** Whether the target could be given the base of a server that was booted from that image of the source. */
    boolean canBeThere(Image base) {
        Optional<String> digest = base.content().digest().map(Image.Digest::hex);
        return digest.isPresent() && (base.active() || isThere(digest.get(), isKernels(base)));
    }

    /** Copies it unless the target has it. */
    void ensure(FrozenPackage frozen, ImageCopies copies, MoveReport report) {
        if (isThere(frozen.baseSha512(), frozen.hasKernel())) {
            return;
        }
        Image base = of(source, frozen.baseSha512(), frozen.hasKernel())
                .orElseThrow(() -> new CloudConflict(
                        source.name(),
                        "copy the base image of " + frozen.guest(),
                        "no image of SHA-512 " + frozen.baseSha512().substring(0, 16) + "... "
                                + (frozen.hasKernel() ? "with" : "without") + " a kernel is there, and "
                                + target.name() + " has none either."));
        report.phase("copying the base image");
        Map<String, String> properties = new LinkedHashMap<>(base.hardwareProperties());
        properties.put("tresccad_base", "1");
        companion(base, KERNEL, frozen, copies, properties);
        companion(base, RAMDISK, frozen, copies, properties);
        copies.copy(base, frozen.image().id(), properties, "copying the base image");
    }

    private void companion(
            Image base, String key, FrozenPackage frozen, ImageCopies copies, Map<String, String> properties) {
        Optional<String> id = Optional.ofNullable(base.properties().get(key)).filter(text -> !text.isBlank());
        if (id.isEmpty()) {
            return;
        }
        Image original = source.images().get(id.get());
        Optional<Image> held = target.images().list(Map.of("status", "active")).stream()
                .filter(Image::active)
                .filter(image -> image.isUsableBy(target.projectId()) && image.hasDataOf(original))
                .findFirst();
        Image there = held.orElseGet(() -> copies.copy(
                original, frozen.image().id(), Map.of("tresccad_base", "1"), "copying " + key.replace("_id", "")));
        properties.put(key, there.id());
    }

    private boolean isThere(String sha512, boolean withKernel) {
        return of(target, sha512, withKernel).isPresent();
    }

    private static Optional<Image> of(Cloud cloud, String sha512, boolean withKernel) {
        List<Image> all = cloud.images().list(Map.of("os_hash_value", sha512, "status", "active"));
        return all.stream()
                .filter(Image::active)
                .filter(image -> image.content()
                        .digest()
                        .filter(digest -> digest.hex().equals(sha512))
                        .isPresent())
                .filter(image -> isKernels(image) == withKernel)
                .filter(image -> image.isUsableBy(cloud.projectId()))
                .findFirst();
    }

    private static boolean isKernels(Image image) {
        return image.properties().containsKey(KERNEL);
    }
}
