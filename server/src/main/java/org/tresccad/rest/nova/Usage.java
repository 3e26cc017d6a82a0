package org.tresccad.rest.nova;

import java.util.List;
import org.tresccad.instance.Instance;

/**
 * What instances use together.
 *
 * @param instances how many
 * @param cores virtual CPUs
 * @param memoryMib in MiB
 */
record Usage(int instances, int cores, long memoryMib) {
    /** The sum over {@code instances}. */
    static Usage of(List<Instance> instances) {
        return new Usage(
                instances.size(),
                instances.stream().mapToInt(i -> i.spec().flavor().vcpus()).sum(),
                instances.stream().mapToLong(i -> i.spec().flavor().memoryMib()).sum());
    }
}
