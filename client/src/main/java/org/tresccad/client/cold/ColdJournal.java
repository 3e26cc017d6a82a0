package org.tresccad.client.cold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.tresccad.client.config.ConfigException;
import org.tresccad.client.http.Json;

/**
 * The cold moves that are under way, one file each: written whole, then renamed, and gone when the move is over. Readable
 * by their owner only, since they may hold user data. A move that some process works on is locked by it.
 */
public final class ColdJournal {
    private static final String SUFFIX = ".json";

    private final Path directory;

    /** Files in {@code directory}, which is made when it is needed. */
    public ColdJournal(Path directory) {
        this.directory = directory;
    }

    /**
     * Begins a move.
     *
     * @throws ConfigException when it cannot be written
     */
    Entry begin(ColdMove move) {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException failed) {
            throw wrong(directory, "cannot be made", failed);
        }
        Entry entry = lock(move.id());
        boolean written = false;
        try {
            entry.write(move);
            written = true;
            return entry;
        } finally {
            if (!written) {
                entry.close();
            }
        }
    }

    /**
     * Takes up the move with this id.
     *
     * @throws ConfigException when there is none, it cannot be read, or another process works on it
     */
    public Entry open(String id) {
        Path file = file(id);
        if (!Files.isRegularFile(file)) {
            throw new ConfigException(directory.toString(), "", "has no move " + id + "; open ones: " + openIds());
        }
        Entry entry = lock(id);
        boolean whole = false;
        try {
            entry.move = Optional.of(read(file));
            whole = true;
            return entry;
        } finally {
            if (!whole) {
                entry.close();
            }
        }
    }

    /** Those that are not over. */
    public List<ColdMove> open() {
        return openIds().stream().map(id -> read(file(id))).toList();
    }

    private List<String> openIds() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        } catch (IOException failed) {
            throw wrong(directory, "cannot be read", failed);
        }
    }

    private Path file(String id) {
        if (!id.matches("[0-9a-f-]{1,36}")) {
            throw new ConfigException(directory.toString(), "", "has no move '" + id + "'; open ones: " + openIds());
        }
        return directory.resolve(id + SUFFIX);
    }

    private static ColdMove read(Path file) {
        try {
            return Json.MAPPER.readValue(file.toFile(), ColdMove.class);
        } catch (IOException bad) {
            throw wrong(file, "cannot be read", bad);
        }
    }

    private Entry lock(String id) {
        Path path = directory.resolve(id + ".lock");
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw new ConfigException(path.toString(), "", "another tresccac works on this move");
            }
            return new Entry(id, channel, path);
        } catch (IOException failed) {
            throw wrong(path, "cannot be locked", failed);
        }
    }

    private static ConfigException wrong(Path path, String what, IOException why) {
        return new ConfigException(path.toString(), "", what + ": " + why.getMessage());
    }

    /** One move, while this process works on it. */
    public final class Entry implements AutoCloseable {
        private final String id;
        private final FileChannel lock;
        private final Path lockFile;
        private Optional<ColdMove> move = Optional.empty();
        private boolean over;

        private Entry(String id, FileChannel lock, Path lockFile) {
            this.id = id;
            this.lock = lock;
            this.lockFile = lockFile;
        }

        /** As it was written last. */
        public ColdMove move() {
            return move.orElseThrow();
        }

        /**
         * Writes it down, durably.
         *
         * @throws IllegalStateException when its state cannot follow
         */
        ColdMove write(ColdMove next) {
            move.filter(now -> !now.state().canBecome(next.state())).ifPresent(now -> {
                throw new IllegalStateException(now.state() + " cannot become " + next.state());
            });
            try {
                byte[] text = Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(next);
                Path fresh = directory.resolve(id + ".new");
                Files.deleteIfExists(fresh);
                try (FileChannel out = FileChannel.open(
                        fresh,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                    ByteBuffer bytes = ByteBuffer.wrap(text);
                    while (bytes.hasRemaining()) {
                        out.write(bytes);
                    }
                    out.force(true);
                }
                Files.move(fresh, file(id), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                syncDirectory();
            } catch (IOException failed) {
                throw wrong(file(id), "cannot be written", failed);
            }
            move = Optional.of(next);
            return next;
        }

        /** The move is over. */
        void end() {
            try {
                Files.deleteIfExists(file(id));
                syncDirectory();
                over = true;
            } catch (IOException failed) {
                throw wrong(file(id), "cannot be removed", failed);
            }
        }

        private void syncDirectory() throws IOException {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }

        @Override
        public void close() {
            try {
                if (over || move.isEmpty()) {
                    Files.deleteIfExists(lockFile);
                }
                lock.close();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }

    /** Open moves of a server. */
    List<ColdMove> of(String cloud, String serverId) {
        List<ColdMove> found = new ArrayList<>(open());
        found.removeIf(move -> !move.subject().serverId().equals(serverId)
                || !move.source().cloud().equals(cloud));
        return found;
    }
}
