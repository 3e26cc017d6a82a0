package org.tresccad.image;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;
import org.tresccad.identity.ProjectId;

/** The tables {@code image}, {@code image_id}, {@code image_tag} and {@code image_property}. */
final class ImageRows {
    private static final String SELECT = """
            SELECT image.*, content.size AS content_size, content.md5 AS content_md5
            FROM image LEFT JOIN content ON content.sha512 = image.sha512
            """;

    private ImageRows() {}

    /** Whether this takes {@code id} for ever; false when it was taken before. */
    static boolean reserveId(Handle transaction, ImageId id) {
        return transaction
                        .createUpdate("INSERT INTO image_id (id) VALUES (:id) ON CONFLICT (id) DO NOTHING")
                        .bind("id", id.toString())
                        .execute()
                == 1;
    }

    static void insert(Handle transaction, Image image) {
        bind(transaction.createUpdate("""
                                INSERT INTO image (id, name, status, owner, visibility, disk_format, container_format,
                                    virtual_size, sha512, min_disk, min_ram, protected, hidden, created_at, updated_at)
                                VALUES (:id, :name, :status, :owner, :visibility, :disk_format, :container_format,
                                    :virtual_size, :sha512, :min_disk, :min_ram, :protected, :hidden, :created_at,
                                    :updated_at)
                                """), image).execute();
        insertDetails(transaction, image);
    }

    /** Replaces everything of the image of that id. */
    static void update(Handle transaction, Image image) {
        bind(transaction.createUpdate("""
                                UPDATE image SET name = :name, status = :status, owner = :owner,
                                    visibility = :visibility, disk_format = :disk_format,
                                    container_format = :container_format, virtual_size = :virtual_size,
                                    sha512 = :sha512, min_disk = :min_disk, min_ram = :min_ram,
                                    protected = :protected, hidden = :hidden, created_at = :created_at,
                                    updated_at = :updated_at
                                WHERE id = :id
                                """), image).execute();
        for (String table : List.of("image_tag", "image_property")) {
            transaction
                    .createUpdate("DELETE FROM " + table + " WHERE image_id = :id")
                    .bind("id", image.id().toString())
                    .execute();
        }
        insertDetails(transaction, image);
    }

    static void delete(Handle transaction, ImageId id) {
        transaction
                .createUpdate("DELETE FROM image WHERE id = :id")
                .bind("id", id.toString())
                .execute();
    }

    static Optional<Image> find(Handle handle, ImageId id) {
        return select(handle, " WHERE image.id = :id", Map.of("id", id.toString())).stream()
                .findFirst();
    }

    /** Every image, newest first. */
    static List<Image> all(Handle handle) {
        return select(handle, "", Map.of());
    }

    static List<Image> ownedBy(Handle handle, ProjectId owner) {
        return select(handle, " WHERE image.owner = :owner", Map.of("owner", owner.value()));
    }

    private static List<Image> select(Handle handle, String where, Map<String, String> arguments) {
        Map<String, Set<String>> tags = new HashMap<>();
        Map<String, Map<String, String>> properties = new HashMap<>();
        String join = " JOIN image ON image.id = image_id" + where;
        query(handle, "SELECT image_id, tag FROM image_tag" + join, arguments)
                .map((row, context) -> tags.computeIfAbsent(row.getString(1), id -> new HashSet<>())
                        .add(row.getString(2)))
                .list();
        query(handle, "SELECT image_id, image_property.name, value FROM image_property" + join, arguments)
                .map((row, context) -> properties
                                .computeIfAbsent(row.getString(1), id -> new HashMap<>())
                                .put(row.getString(2), row.getString(3))
                        == null)
                .list();
        return query(handle, SELECT + where + " ORDER BY image.created_at DESC, image.id DESC", arguments)
                .map((row, context) -> read(
                        row,
                        tags.getOrDefault(row.getString("id"), Set.of()),
                        properties.getOrDefault(row.getString("id"), Map.of())))
                .list();
    }

    private static Query query(Handle handle, String sql, Map<String, String> arguments) {
        return handle.createQuery(sql).bindMap(arguments);
    }

    private static Update bind(Update statement, Image image) {
        return statement
                .bind("id", image.id().toString())
                .bind("name", image.name())
                .bind("status", image.status().wireName())
                .bind("owner", image.owner().value())
                .bind("visibility", image.visibility().wireName())
                .bind(
                        "disk_format",
                        image.diskFormat().map(DiskFormat::wireName).orElse(null))
                .bind("container_format", image.containerFormat().orElse(null))
                .bind(
                        "virtual_size",
                        image.content().virtualSizeBytes().isPresent()
                                ? Long.valueOf(
                                        image.content().virtualSizeBytes().getAsLong())
                                : null)
                .bind(
                        "sha512",
                        image.content().digest().map(ContentDigest::sha512).orElse(null))
                .bind("min_disk", image.minDiskGib())
                .bind("min_ram", image.minRamMib())
                .bind("protected", image.isProtected())
                .bind("hidden", image.isHidden())
                .bind("created_at", image.createdAt().toEpochMilli())
                .bind("updated_at", image.updatedAt().toEpochMilli());
    }

    private static void insertDetails(Handle transaction, Image image) {
        for (String tag : image.tags()) {
            transaction
                    .createUpdate("INSERT INTO image_tag (image_id, tag) VALUES (:id, :tag)")
                    .bind("id", image.id().toString())
                    .bind("tag", tag)
                    .execute();
        }
        image.properties().forEach((name, value) -> transaction
                .createUpdate("INSERT INTO image_property (image_id, name, value) VALUES (:id, :name, :value)")
                .bind("id", image.id().toString())
                .bind("name", name)
                .bind("value", value)
                .execute());
    }

    private static Image read(ResultSet row, Set<String> tags, Map<String, String> properties) throws SQLException {
        Optional<ContentDigest> digest =
                Optional.ofNullable(row.getString("sha512")).map(ContentDigest::new);
        long virtualSize = row.getLong("virtual_size");
        OptionalLong virtual = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(virtualSize);
        Image.Content content = digest.isEmpty()
                ? Image.Content.NONE
                : new Image.Content(
                        OptionalLong.of(row.getLong("content_size")),
                        virtual,
                        Optional.ofNullable(row.getString("content_md5")),
                        digest);
        return new Image(
                ImageId.parse(row.getString("id")).orElseThrow(),
                row.getString("name"),
                ImageStatus.parse(row.getString("status")).orElseThrow(),
                new ProjectId(row.getString("owner")),
                Visibility.parse(row.getString("visibility")).orElseThrow(),
                Optional.ofNullable(row.getString("disk_format")).flatMap(DiskFormat::parse),
                Optional.ofNullable(row.getString("container_format")),
                content,
                row.getInt("min_disk"),
                row.getInt("min_ram"),
                row.getBoolean("protected"),
                row.getBoolean("hidden"),
                tags,
                properties,
                Instant.ofEpochMilli(row.getLong("created_at")),
                Instant.ofEpochMilli(row.getLong("updated_at")));
    }
}
