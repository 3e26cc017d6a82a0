package org.tresccad.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.state.Database;
import org.tresccad.state.DurableFiles;

/**
 * Content on disk: complete files in {@code content/<first two digits>/<sha512>}, unfinished ones in {@code incoming/}.
 * The database knows every complete file; a file it does not know is the leaving of a crash. Safe for any thread.
 */
public final class ContentStore implements Contents {
    private static final Logger LOG = LoggerFactory.getLogger(ContentStore.class);

    private final Path contents;
    private final Path incoming;
    private final Database database;
    private final ImageLimits limits;
    private final DiskRoom room;
    /** Held while files and rows change together; taken before a transaction begins, never within one. */
    private final ReentrantLock filing = new ReentrantLock();

    /** A store in {@code directory}, which is made when it is not there (mode 0711: QEMU may pass, nobody may look around). */
    public ContentStore(Path directory, Database database, ImageLimits limits) {
        this(directory, database, limits, DiskRoom.on(directory, limits.reserveBytes()));
    }

    ContentStore(Path directory, Database database, ImageLimits limits, DiskRoom room) {
        this.contents = directory.resolve("content");
        this.incoming = directory.resolve("incoming");
        this.database = database;
        this.limits = limits;
        this.room = room;
        try {
            makeDirectory(contents);
            makeDirectory(incoming);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new file for {@code expectedBytes} of data; refused with NO_SPACE when there is no room for them. */
    IncomingFile begin(OptionalLong expectedBytes) {
        room.require(expectedBytes.orElse(0));
        return new IncomingFile(incoming.resolve(UUID.randomUUID() + ".part"), room, limits.imageBytes());
    }

    /** Refuses with NO_SPACE when {@code bytes} more would not fit. */
    void requireRoom(OptionalLong bytes) {
        room.require(bytes.orElse(0));
    }

    /**
     * Moves a sealed file to its name and records it, in one transaction with {@code record}. Content that is here
     * already is kept, and {@code file} removed. When {@code record} throws, nothing of this happened.
     */
    StoredContent adopt(
            IncomingFile file, IncomingFile.Sealed sealed, ImageInspection.Finding finding, Consumer<Handle> record) {
        Path target = pathOf(sealed.digest());
        filing.lock();
        try {
            boolean isNew = !isIntact(target, sealed.sizeBytes());
            if (isNew) {
                makeDirectory(target.resolveSibling("."));
                DurableFiles.sync(contents);
            }
            file.relocate(target, () -> {
                if (isNew) {
                    DurableFiles.rename(file.path(), target);
                } else {
                    file.discard();
                }
            });
            try {
                database.execute(transaction -> {
                    ContentRows.insert(transaction, sealed, finding);
                    record.accept(transaction);
                });
            } catch (RuntimeException e) {
                if (isNew && find(sealed.digest()).isEmpty()) {
                    Files.deleteIfExists(target);
                }
                throw e;
            }
            return new StoredContent(
                    sealed.digest(), target, sealed.sizeBytes(), finding.format(), finding.virtualSizeBytes());
        } catch (IOException e) {
            throw room.writeFailed(e);
        } finally {
            filing.unlock();
        }
    }

    @Override
    public Optional<StoredContent> find(ContentDigest digest) {
        Path path = pathOf(digest);
        return database.read(handle -> ContentRows.find(handle, digest, path))
                .filter(content -> isIntact(path, content.sizeBytes()));
    }

    @Override
    public void hold(Handle transaction, ContentDigest digest, String holder) {
        if (ContentRows.find(transaction, digest, pathOf(digest)).isEmpty()) {
            throw new ContentMissing("content", digest);
        }
        ContentRows.hold(transaction, digest, holder);
    }

    @Override
    public StoredContent add(Path source, DiskFormat format, String holder) {
        IncomingFile incomingFile = begin(OptionalLong.empty());
        try {
            Files.copy(source, incomingFile.output());
            IncomingFile.Sealed sealed = incomingFile.seal();
            StoredContent added = adopt(
                    incomingFile,
                    sealed,
                    new ImageInspection.Finding(DiskFormat.RAW, sealed.sizeBytes()),
                    transaction -> ContentRows.hold(transaction, sealed.digest(), holder));
            Files.delete(source);
            return new StoredContent(added.digest(), added.path(), added.sizeBytes(), format, added.virtualSizeBytes());
        } catch (IOException e) {
            incomingFile.discard();
            throw room.writeFailed(e);
        } catch (RuntimeException e) {
            incomingFile.discard();
            throw e;
        }
    }

    @Override
    public void releaseAll(Handle transaction, String holder) {
        ContentRows.release(transaction, holder);
    }

    @Override
    public void sweep() {
        filing.lock();
        try {
            List<ContentDigest> unnamed = database.transaction(ContentRows::deleteUnnamed);
            for (ContentDigest digest : unnamed) {
                Files.deleteIfExists(pathOf(digest));
            }
        } catch (IOException e) {
            // The next reconcile finds the file that nobody names.
            LOG.warn("cannot remove content that nobody names any more", e);
        } finally {
            filing.unlock();
        }
    }

    /** At start, before anything else uses the store: removes what a crash left behind, reports what is missing. */
    void reconcile() {
        filing.lock();
        try {
            for (Path part : filesBelow(incoming)) {
                LOG.info("removing an unfinished upload, {} bytes", Files.size(part));
                Files.delete(part);
            }
            Set<Path> known = new HashSet<>();
            for (StoredContent content : database.read(handle -> ContentRows.all(handle, this::pathOf))) {
                known.add(content.path());
                if (!isIntact(content.path(), content.sizeBytes())) {
                    LOG.error("content {} is gone from disk or has another size; upload it again", content.digest());
                }
            }
            for (Path file : filesBelow(contents)) {
                if (!known.contains(file)) {
                    LOG.info("removing content that nobody names: {}", file.getFileName());
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            filing.unlock();
        }
        sweep();
    }

    private Path pathOf(ContentDigest digest) {
        return contents.resolve(digest.sha512().substring(0, 2)).resolve(digest.sha512());
    }

    private static boolean isIntact(Path path, long sizeBytes) {
        try {
            return Files.isRegularFile(path) && Files.size(path) == sizeBytes;
        } catch (IOException e) {
            return false;
        }
    }

    private static List<Path> filesBelow(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void makeDirectory(Path directory) throws IOException {
        Files.createDirectories(
                directory.normalize(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
    }
}
