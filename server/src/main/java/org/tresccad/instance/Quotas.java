package org.tresccad.instance;

import java.util.List;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * The most one project may have.
 *
 * @param instances number of instances
 * @param cores virtual CPUs over all instances
 * @param memoryMib memory over all instances, in MiB
 * @param keyPairs per user
 * @param metadataItems per instance
 */
public record Quotas(int instances, int cores, long memoryMib, int keyPairs, int metadataItems) {
    /** Refuses {@code count} more instances of {@code flavor} beside {@code existing} when that were too much. */
    public void check(List<Instance> existing, Flavor flavor, int count) {
        long usedCores =
                existing.stream().mapToLong(i -> i.spec().flavor().vcpus()).sum();
        long usedMemory =
                existing.stream().mapToLong(i -> i.spec().flavor().memoryMib()).sum();
        if (existing.size() + count > instances) {
            throw exceeded("instances", existing.size(), instances);
        }
        if (usedCores + (long) flavor.vcpus() * count > cores) {
            throw exceeded("cores", usedCores, cores);
        }
        if (usedMemory + (long) flavor.memoryMib() * count > memoryMib) {
            throw exceeded("ram", usedMemory, memoryMib);
        }
    }

    private static TresccadException exceeded(String what, long used, long limit) {
        return new TresccadException(
                ErrorKind.QUOTA_EXCEEDED,
                "Quota exceeded for " + what + ": " + used + " of " + limit + " are used already.");
    }
}
