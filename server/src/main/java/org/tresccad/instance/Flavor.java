package org.tresccad.instance;

import java.util.Map;

/**
 * A size an instance can have.
 *
 * @param diskGib size of the root disk in GiB; 0 means the image's own size
 * @param extraSpecs Nova's extra specs
 */
public record Flavor(
        String id,
        String name,
        int vcpus,
        int memoryMib,
        int diskGib,
        boolean isPublic,
        Map<String, String> extraSpecs) {
    /** Checks and copies. */
    public Flavor {
        if (!name.equals(name.strip()) || name.isEmpty() || name.length() > 255) {
            throw new IllegalArgumentException("a flavor's name has 1 to 255 characters and no outer blanks");
        }
        if (vcpus < 1 || vcpus > 256 || memoryMib < 1 || diskGib < 0) {
            throw new IllegalArgumentException("a flavor needs a CPU and memory");
        }
        extraSpecs = Map.copyOf(extraSpecs);
    }
}
