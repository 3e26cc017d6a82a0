package org.tresccad.image;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** The tables {@code content} and {@code content_hold}. */
final class ContentRows {
    private ContentRows() {}

    static void insert(Handle transaction, IncomingFile.Sealed sealed, ImageInspection.Finding finding) {
        transaction
                .createUpdate("""
                        INSERT INTO content (sha512, md5, size, format, virtual_size)
                        VALUES (:sha512, :md5, :size, :format, :virtual)
                        ON CONFLICT (sha512) DO NOTHING
                        """)
                .bind("sha512", sealed.digest().sha512())
                .bind("md5", sealed.md5())
                .bind("size", sealed.sizeBytes())
                .bind("format", finding.format().wireName())
                .bind("virtual", finding.virtualSizeBytes())
                .execute();
    }

    static Optional<StoredContent> find(Handle handle, ContentDigest digest, Path path) {
        return handle.createQuery("SELECT * FROM content WHERE sha512 = :sha512")
                .bind("sha512", digest.sha512())
                .map((row, context) -> read(row, path))
                .findFirst();
    }

    static List<StoredContent> all(Handle handle, Function<ContentDigest, Path> paths) {
        return handle.createQuery("SELECT * FROM content")
                .map((row, context) -> read(row, paths.apply(new ContentDigest(row.getString("sha512")))))
                .list();
    }

    static void hold(Handle transaction, ContentDigest digest, String holder) {
        transaction
                .createUpdate("""
                        INSERT INTO content_hold (sha512, holder) VALUES (:sha512, :holder)
                        ON CONFLICT (sha512, holder) DO NOTHING
                        """)
                .bind("sha512", digest.sha512())
                .bind("holder", holder)
                .execute();
    }

    static Set<String> holders(Handle handle, ContentDigest digest) {
        return handle.createQuery("SELECT holder FROM content_hold WHERE sha512 = :sha512")
                .bind("sha512", digest.sha512())
                .mapTo(String.class)
                .collect(Collectors.toUnmodifiableSet());
    }

    static void release(Handle transaction, String holder) {
        transaction
                .createUpdate("DELETE FROM content_hold WHERE holder = :holder")
                .bind("holder", holder)
                .execute();
    }

    /** Forgets the content that neither an image nor a hold names, and says which that was. */
    static List<ContentDigest> deleteUnnamed(Handle transaction) {
        String unnamed = """
                NOT EXISTS (SELECT 1 FROM image WHERE image.sha512 = content.sha512)
                AND NOT EXISTS (SELECT 1 FROM content_hold WHERE content_hold.sha512 = content.sha512)
                """;
        List<ContentDigest> digests = transaction
                .createQuery("SELECT sha512 FROM content WHERE " + unnamed)
                .mapTo(String.class)
                .map(ContentDigest::new)
                .list();
        if (!digests.isEmpty()) {
            transaction.createUpdate("DELETE FROM content WHERE " + unnamed).execute();
        }
        return digests;
    }

    private static StoredContent read(ResultSet row, Path path) throws SQLException {
        return new StoredContent(
                new ContentDigest(row.getString("sha512")),
                path,
                row.getLong("size"),
                DiskFormat.parse(row.getString("format")).orElseThrow(),
                row.getLong("virtual_size"));
    }
}
