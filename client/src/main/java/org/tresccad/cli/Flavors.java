package org.tresccad.cli;

import java.util.List;
import org.tresccad.client.compute.Compute;
import org.tresccad.client.compute.Flavor;
import org.tresccad.client.error.CloudNotFound;

/** Finds a flavor, or makes one. */
final class Flavors {
    private static final long GIB = 1L << 30;

    private final Compute compute;
    private final String cloud;

    Flavors(Compute compute, String cloud) {
        this.compute = compute;
        this.cloud = cloud;
    }

    /** By id or name. */
    Flavor find(String idOrName) {
        List<Flavor> all = compute.flavors();
        return all.stream()
                .filter(flavor -> flavor.id().equals(idOrName))
                .findFirst()
                .or(() -> all.stream()
                        .filter(flavor -> flavor.name().equals(idOrName))
                        .findFirst())
                .orElseThrow(() -> new CloudNotFound(
                        cloud,
                        "find flavor " + idOrName,
                        404,
                        "there are " + all.stream().map(Flavor::name).toList()));
    }

    /** One with exactly this size; made when there is none. */
    Flavor ensure(int vcpus, long ramMib, long diskGib) {
        return compute.flavors().stream()
                .filter(flavor -> flavor.vcpus() == vcpus && flavor.ramMib() == ramMib && flavor.diskGib() == diskGib)
                .findFirst()
                .orElseGet(() -> compute.createFlavor(
                        "tresccac." + vcpus + "c." + ramMib + "m." + diskGib + "g", vcpus, ramMib, diskGib));
    }

    /** Whole GiB that hold {@code bytes}, at least one. */
    static long gibFor(long bytes) {
        return Math.max(1, (bytes + GIB - 1) / GIB);
    }
}
