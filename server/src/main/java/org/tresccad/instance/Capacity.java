package org.tresccad.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tresccad.hypervisor.Hypervisor;

/** What room this host has for guests: memory not promised to any instance, disk not used. */
public final class Capacity {
    private final Hypervisor hypervisor;
    private final Instances instances;
    private final Path stateDirectory;
    private final long reservedMemoryMib;
    private final long reservedDiskBytes;

    /** Keeps {@code reservedMemoryMib} and {@code reservedDiskBytes} for the host itself. */
    public Capacity(
            Hypervisor hypervisor,
            Instances instances,
            Path stateDirectory,
            long reservedMemoryMib,
            long reservedDiskBytes) {
        this.hypervisor = hypervisor;
        this.instances = instances;
        this.stateDirectory = stateDirectory;
        this.reservedMemoryMib = reservedMemoryMib;
        this.reservedDiskBytes = reservedDiskBytes;
    }

    /** Memory no instance has been promised, in MiB; instances that are powered off count, so that they can start. */
    public long freeMemoryMib() {
        long promised = instances.all().stream()
                .mapToLong(i -> i.spec().flavor().memoryMib())
                .sum();
        return Math.max(0, hypervisor.capabilities().memoryMib() - reservedMemoryMib - promised);
    }

    /** Bytes free for images, overlays and memory files. */
    public long freeDiskBytes() {
        try {
            return Math.max(0, Files.getFileStore(stateDirectory).getUsableSpace() - reservedDiskBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Why a guest of that size does not fit, if it does not. */
    public Optional<NoRoom> shortage(long memoryMib, long diskBytes) {
        if (memoryMib > freeMemoryMib()) {
            return Optional.of(new NoRoom("memory", memoryMib + " MiB", freeMemoryMib() + " MiB"));
        }
        if (diskBytes > freeDiskBytes()) {
            return Optional.of(new NoRoom("disk", (diskBytes >> 20) + " MiB", (freeDiskBytes() >> 20) + " MiB"));
        }
        return Optional.empty();
    }
}
