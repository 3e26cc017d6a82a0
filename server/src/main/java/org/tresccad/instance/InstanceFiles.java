package org.tresccad.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.tresccad.hypervisor.MemoryPipe;
import org.tresccad.state.DurableFiles;

/** Where an instance's files are: one directory per instance. Nothing outside of it belongs to one instance alone. */
public final class InstanceFiles {
    /** Each writer can spoil a few. */
    private static final int MOST_LOOKS = 100;

    private final Path root;

    /** Directories below {@code root}, which is made when missing. */
    public InstanceFiles(Path root) {
        this.root = root;
    }

    /** The instance's disk: a qcow2 overlay. */
    public Path disk(InstanceId id) {
        return directory(id).resolve("disk");
    }

    /** How many bytes the file of the instance's disk has; 0 when that cannot be told. */
    public long diskBytes(InstanceId id) {
        try {
            return Files.size(disk(id));
        } catch (IOException e) {
            return 0;
        }
    }

    /** What the guest wrote to its serial console. */
    public Path console(InstanceId id) {
        return directory(id).resolve("console.log");
    }

    /**
     * Memory and device state of a guest that is suspended, frozen or arriving. A pipe where the memory of an arriving
     * one goes into QEMU at once.
     */
    public Path memory(InstanceId id) {
        return directory(id).resolve("memory");
    }

    /** Where the blocks lie that the host has which the instance came from; see {@link SharedContent}. */
    Path knownBlocks(InstanceId id) {
        return directory(id).resolve("known-blocks");
    }

    /** The memory of a running guest, to be sent ahead of its freeze; a new one each time. */
    public Path memoryAhead(InstanceId id) {
        return directory(id).resolve("memory.ahead");
    }

    /** A whole copy of the disk on its way into an image. */
    Path snapshot(InstanceId id) {
        return directory(id).resolve("snapshot");
    }

    /** The instance's directory. */
    public Path directory(InstanceId id) {
        return root.resolve(id.toString());
    }

    /** Makes the directory, durably: what is to be found in it after a power cut needs it. */
    public void create(InstanceId id) {
        try {
            Files.createDirectories(
                    directory(id), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
            DurableFiles.sync(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the directory and all that is in it; nothing happens when there is none. */
    public void delete(InstanceId id) {
        try {
            MemoryPipe.release(memory(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        deleteTree(directory(id));
    }

    /**
     * Removes a directory and all that is in it; nothing happens when there is none. What is still being written there
     * has no place to go afterwards.
     */
    static void deleteTree(Path directory) {
        for (int look = 1; Files.exists(directory); look++) {
            try {
                deleteWhatIsSeen(directory);
            } catch (DirectoryNotEmptyException | NoSuchFileException e) {
                if (look == MOST_LOOKS) {
                    throw new UncheckedIOException(e);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void deleteWhatIsSeen(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Whether there is a memory file. */
    public boolean hasMemory(InstanceId id) {
        return Files.exists(memory(id));
    }

    /**
     * Takes the memory file out of use, durably. To be called before the guest's CPUs run from it: once they have, its
     * disk has gone on, and to resume from that file again would put an old memory over a newer disk.
     */
    public void spendMemory(InstanceId id) {
        if (hasMemory(id)) {
            try {
                // Not deleted yet: that takes long for a large file, and the guest waits.
                DurableFiles.rename(memory(id), spentMemory(id));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Takes back {@link #spendMemory}, durably: the guest's CPUs have not run. */
    void unspendMemory(InstanceId id) {
        try {
            DurableFiles.rename(spentMemory(id), memory(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the disk, if there is one. */
    void deleteDisk(InstanceId id) {
        try {
            Files.deleteIfExists(disk(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the memory file, spent or not, if there is one. */
    public void deleteMemory(InstanceId id) {
        try {
            Files.deleteIfExists(memory(id));
            Files.deleteIfExists(spentMemory(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path spentMemory(InstanceId id) {
        return directory(id).resolve("memory.spent");
    }

    /** The instances that have a directory. */
    public List<InstanceId> existing() {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> directories = Files.list(root)) {
            return directories
                    .map(path -> InstanceId.parse(String.valueOf(path.getFileName())))
                    .flatMap(Optional::stream)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
