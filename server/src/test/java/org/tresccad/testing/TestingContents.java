package org.tresccad.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.Handle;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ContentMissing;
import org.tresccad.image.Contents;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.StoredContent;
import org.tresccad.state.Database;

/** Content in files of a directory; holds are rows, so that a transaction's rollback takes them back. */
public final class TestingContents implements Contents {
    private final Database database;
    private final Path directory;
    private final Map<ContentDigest, StoredContent> stored;

    /** Files go to {@code directory}, which exists; holds into a table of their own in {@code database}. */
    public TestingContents(Database database, Path directory) {
        this(database, directory, new ConcurrentHashMap<>());
    }

    private TestingContents(Database database, Path directory, Map<ContentDigest, StoredContent> stored) {
        this.database = database;
        this.directory = directory;
        this.stored = stored;
        database.execute(transaction -> transaction.execute(
                "CREATE TABLE IF NOT EXISTS testing_hold (digest TEXT, holder TEXT, PRIMARY KEY (digest, holder))"));
    }

    /** The same content, with holds in the database as the next life of the daemon sees it. */
    public TestingContents reopened(Database next) {
        return new TestingContents(next, directory, stored);
    }

    /** Stores {@code data}, which is as large for a guest as it is as a file. */
    public StoredContent add(byte[] data, DiskFormat format) {
        return add(data, format, data.length);
    }

    /** Stores {@code data} that claims a guest-visible size. */
    public StoredContent add(byte[] data, DiskFormat format, long virtualSizeBytes) {
        ContentDigest digest = digest(data);
        Path file = directory.resolve(digest.sha512());
        try {
            Files.write(file, data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        StoredContent content = new StoredContent(digest, file, data.length, format, virtualSizeBytes);
        stored.put(digest, content);
        return content;
    }

    /** Loses content, held or not. */
    public void lose(ContentDigest digest) {
        stored.remove(digest);
    }

    /** Who holds {@code digest}. */
    public Set<String> holders(ContentDigest digest) {
        return Set.copyOf(
                database.read(handle -> handle.createQuery("SELECT holder FROM testing_hold WHERE digest = :digest")
                        .bind("digest", digest.sha512())
                        .mapTo(String.class)
                        .list()));
    }

    @Override
    public Optional<StoredContent> find(ContentDigest digest) {
        return Optional.ofNullable(stored.get(digest));
    }

    @Override
    public void hold(Handle transaction, ContentDigest digest, String holder) {
        if (find(digest).isEmpty()) {
            throw new ContentMissing("content", digest);
        }
        transaction.execute("INSERT OR IGNORE INTO testing_hold VALUES (?, ?)", digest.sha512(), holder);
    }

    @Override
    public StoredContent add(Path file, DiskFormat format, String holder) {
        StoredContent content;
        try {
            content = add(Files.readAllBytes(file), format);
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        database.execute(transaction -> hold(transaction, content.digest(), holder));
        return content;
    }

    @Override
    public void releaseAll(Handle transaction, String holder) {
        transaction.execute("DELETE FROM testing_hold WHERE holder = ?", holder);
    }

    /** Keeps the files: the images that name them are not known here. */
    @Override
    public void sweep() {}

    private static ContentDigest digest(byte[] data) {
        try {
            return new ContentDigest(HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-512").digest(data)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
