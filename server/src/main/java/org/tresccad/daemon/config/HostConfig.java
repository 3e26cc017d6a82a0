package org.tresccad.daemon.config;

import java.nio.file.Path;

/**
 * This host.
 *
 * @param name what guests and other clouds see as its name
 * @param stateDir absolute; database, images, disks and keys
 * @param region Keystone region its endpoints are listed under
 * @param reserveMemoryBytes memory never given to guests
 * @param reserveDiskBytes room in {@code stateDir}'s file system never filled with images or disks
 */
public record HostConfig(String name, Path stateDir, String region, long reserveMemoryBytes, long reserveDiskBytes) {
    static HostConfig read(ConfigReader in, String hostname) {
        return new HostConfig(
                in.value("name", hostname, Values::name),
                in.value("state_dir", "/var/lib/tresccad", Values::absolutePath),
                in.value("region", "RegionOne", Values::name),
                in.value("reserve_memory", "512MiB", Values::bytes),
                in.value("reserve_disk", "1GiB", Values::bytes));
    }
}
