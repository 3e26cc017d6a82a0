package org.tresccad.client.between;

import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.image.Image;

/** Whether a move could succeed, as far as members of both projects can know; nothing is changed by asking. */
final class TargetFit {
    private static final long GIB = 1L << 30;

    private final Cloud source;
    private final Cloud target;

    TargetFit(Cloud source, Cloud target) {
        this.source = source;
        this.target = target;
    }

    /**
     * Before the freeze.
     *
     * @throws CloudConflict with the first reason against it
     */
    void check(Server server) {
        checkPlaces(server.name());
        server.flavorId()
                .flatMap(source.serverParts()::flavor)
                .map(size -> size.flavor())
                .ifPresent(now -> checkFlavor(server.name(), now.vcpus(), now.ramMib(), now.diskGib() * GIB));
        Optional<Image> base = server.imageId().flatMap(this::imageAtSource);
        if (base.isEmpty() || !new BaseImages(source, target).canBeThere(base.get())) {
            throw no(
                    source,
                    server.name(),
                    "the image that it was booted from is not there any more, or has no digest.");
        }
    }

    /** Before a frozen package is moved. */
    void check(FrozenPackage frozen) {
        checkPlaces(frozen.guest());
        FrozenPackage.Size size = frozen.size();
        checkFlavor(frozen.guest(), size.vcpus(), size.memoryMib(), size.diskBytes());
    }

    private void checkPlaces(String name) {
        if (!source.compute().restores()) {
            throw no(source, name, "it is an OpenStack without tresccad's plugin, which cannot freeze a server.");
        }
        if (!target.compute().restores()) {
            throw no(
                    target, name, "it is an OpenStack without tresccad's plugin, which cannot take a server's memory.");
        }
    }

    private void checkFlavor(String name, int vcpus, long memoryMib, long diskBytes) {
        boolean fits = target.compute().flavors().stream().anyMatch(each -> each.fits(vcpus, memoryMib, diskBytes));
        if (!fits) {
            throw no(
                    target,
                    name,
                    "no flavor there has " + vcpus + " vCPUs, " + memoryMib + " MiB of memory and a disk of "
                            + diskBytes + " bytes or more.");
        }
        target.compute().limits().shortage(vcpus, memoryMib).ifPresent(what -> {
            throw no(target, name, "the quota of its project has no room for its " + what + ".");
        });
    }

    private Optional<Image> imageAtSource(String id) {
        try {
            return Optional.of(source.images().get(id));
        } catch (CloudNotFound gone) {
            return Optional.empty();
        }
    }

    private CloudConflict no(Cloud cloud, String name, String reason) {
        return new CloudConflict(
                cloud.name(), "move " + name + " from " + source.name() + " to " + target.name(), reason);
    }
}
