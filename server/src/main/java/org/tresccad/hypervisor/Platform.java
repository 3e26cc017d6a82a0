package org.tresccad.hypervisor;

/**
 * What is pinned when an instance is created, so that every place it may go can run it.
 *
 * @param architecture libvirt's word, {@code x86_64}
 * @param machine a versioned machine type, {@code pc-i440fx-7.2}, never an alias
 * @param cpu named CPU model
 */
public record Platform(VirtType virtType, String architecture, String machine, CpuModel cpu) {
    /** Checks the words. */
    public Platform {
        if (!architecture.matches("[a-z0-9_]{1,16}")) {
            throw new IllegalArgumentException("not an architecture: " + architecture);
        }
        if (!machine.matches("[a-z0-9]+(-[a-z0-9]+)*-[0-9]+\\.[0-9]+(\\.[0-9]+)?")) {
            throw new IllegalArgumentException("not a versioned machine type: " + machine);
        }
    }
}
