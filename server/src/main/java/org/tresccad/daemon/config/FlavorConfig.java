package org.tresccad.daemon.config;

import java.util.List;
import java.util.Map;

/**
 * A size of instances. Units are Nova's.
 *
 * @param ramMib memory in MiB
 * @param diskGib disk in GiB; 0: as large as the image
 */
public record FlavorConfig(String name, int vcpus, int ramMib, int diskGib) {
    static final List<Map<String, String>> DEFAULTS = List.of(
            Map.of("name", "tiny", "vcpus", "1", "ram_mib", "128", "disk_gib", "1"),
            Map.of("name", "small", "vcpus", "1", "ram_mib", "512", "disk_gib", "5"),
            Map.of("name", "medium", "vcpus", "2", "ram_mib", "2048", "disk_gib", "20"));

    static FlavorConfig read(ConfigReader in) {
        return new FlavorConfig(
                in.required("name", "unnamed", Values::label),
                in.required("vcpus", "1", text -> Values.whole(text, 1, 512)),
                in.required("ram_mib", "128", text -> Values.whole(text, 16, 16 << 20)),
                in.required("disk_gib", "0", text -> Values.whole(text, 0, 1 << 20)));
    }
}
