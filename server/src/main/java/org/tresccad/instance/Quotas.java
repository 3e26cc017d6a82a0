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
    /** Refuses {@code wanted} more beside what is {@code used} when that were too much. */
    public void check(Usage used, Usage wanted) {
        if (used.instances() + wanted.instances() > instances) {
            throw exceeded("instances", used.instances(), instances);
        }
        if (used.cores() + wanted.cores() > cores) {
            throw exceeded("cores", used.cores(), cores);
        }
        if (used.memoryMib() + wanted.memoryMib() > memoryMib) {
            throw exceeded("ram", used.memoryMib(), memoryMib);
        }
    }

    private static TresccadException exceeded(String what, long used, long limit) {
        return new TresccadException(
                ErrorKind.QUOTA_EXCEEDED,
                "Quota exceeded for " + what + ": " + used + " of " + limit + " are used already.");
    }

    /**
     * What a project has, or wants.
     *
     * @param memoryMib in MiB
     */
    public record Usage(long instances, long cores, long memoryMib) {
        /** Nothing. */
        public static final Usage NONE = new Usage(0, 0, 0);

        /** Of {@code existing}. */
        public static Usage of(List<Instance> existing) {
            return existing.stream().map(i -> of(i.spec().flavor(), 1)).reduce(NONE, Usage::plus);
        }

        /** Of {@code count} instances of {@code flavor}. */
        public static Usage of(Flavor flavor, int count) {
            return new Usage(count, (long) flavor.vcpus() * count, (long) flavor.memoryMib() * count);
        }

        /** Both together. */
        public Usage plus(Usage other) {
            return new Usage(instances + other.instances, cores + other.cores, memoryMib + other.memoryMib);
        }
    }
}
