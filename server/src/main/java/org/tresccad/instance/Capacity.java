package org.tresccad.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tresccad.hypervisor.Hypervisor;

/** What room this host has for guests: memory and disk that are neither used nor promised. */
public final class Capacity {
    private final Hypervisor hypervisor;
    private final Instances instances;
    private final Reservations reservations;
    private final Path stateDirectory;
    private final long reservedMemoryMib;
    private final long reservedDiskBytes;

    /** Keeps {@code reservedMemoryMib} and {@code reservedDiskBytes} for the host itself. */
    public Capacity(
            Hypervisor hypervisor,
            Instances instances,
            Reservations reservations,
            Path stateDirectory,
            long reservedMemoryMib,
            long reservedDiskBytes) {
        this.hypervisor = hypervisor;
        this.instances = instances;
        this.reservations = reservations;
        this.stateDirectory = stateDirectory;
        this.reservedMemoryMib = reservedMemoryMib;
        this.reservedDiskBytes = reservedDiskBytes;
    }

    /** Memory no instance has been promised, in MiB; instances that are powered off count, so that they can start. */
    public long freeMemoryMib() {
        return freeMemoryMib(Optional.empty());
    }

    /** Bytes free for images, overlays and memory files, and promised to nobody. */
    public long freeDiskBytes() {
        return freeDiskBytes(Optional.empty());
    }

    /** Why a guest of that size does not fit, if it does not. */
    public Optional<NoRoom> shortage(long memoryMib, long diskBytes) {
        return shortage(memoryMib, diskBytes, Optional.empty());
    }

    /** Why an instance that is here cannot be frozen, if the disk has no room for its memory. */
    public Optional<NoRoom> shortageToFreeze(Instance instance) {
        return shortage(0, (long) instance.spec().flavor().memoryMib() << 20);
    }

    /** As {@link #shortage(long, long)}, for the one to whom {@code own} is reserved. */
    Optional<NoRoom> shortage(long memoryMib, long diskBytes, Optional<Reservations.Key> own) {
        long freeMemory = freeMemoryMib(own);
        if (memoryMib > freeMemory) {
            return Optional.of(new NoRoom("memory", memoryMib + " MiB", freeMemory + " MiB"));
        }
        long freeDisk = freeDiskBytes(own);
        if (diskBytes > freeDisk) {
            return Optional.of(new NoRoom("disk", (diskBytes >> 20) + " MiB", (freeDisk >> 20) + " MiB"));
        }
        return Optional.empty();
    }

    private long freeMemoryMib(Optional<Reservations.Key> own) {
        long promised = instances.all().stream()
                .mapToLong(i -> i.spec().flavor().memoryMib())
                .sum();
        return Math.max(
                0, hypervisor.capabilities().memoryMib() - reservedMemoryMib - promised - reservations.memoryMib(own));
    }

    private long freeDiskBytes(Optional<Reservations.Key> own) {
        try {
            return Math.max(
                    0,
                    Files.getFileStore(stateDirectory).getUsableSpace()
                            - reservedDiskBytes
                            - reservations.diskBytes(own));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
