package org.tresccad.image;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.tresccad.identity.ProjectId;

/** The table {@code image_member}. */
final class MemberRows {
    private MemberRows() {}

    static void insert(Handle transaction, ImageMember member) {
        transaction
                .createUpdate("""
                        INSERT INTO image_member (image_id, member, status, created_at, updated_at)
                        VALUES (:image, :member, :status, :created, :updated)
                        """)
                .bind("image", member.image().toString())
                .bind("member", member.member().value())
                .bind("status", member.status().wireName())
                .bind("created", member.createdAt().toEpochMilli())
                .bind("updated", member.updatedAt().toEpochMilli())
                .execute();
    }

    static void updateStatus(Handle transaction, ImageMember member) {
        transaction
                .createUpdate("""
                        UPDATE image_member SET status = :status, updated_at = :updated
                        WHERE image_id = :image AND member = :member
                        """)
                .bind("status", member.status().wireName())
                .bind("updated", member.updatedAt().toEpochMilli())
                .bind("image", member.image().toString())
                .bind("member", member.member().value())
                .execute();
    }

    static void delete(Handle transaction, ImageId image, ProjectId member) {
        transaction
                .createUpdate("DELETE FROM image_member WHERE image_id = :image AND member = :member")
                .bind("image", image.toString())
                .bind("member", member.value())
                .execute();
    }

    static Optional<ImageMember> find(Handle handle, ImageId image, ProjectId member) {
        return of(handle, image).stream()
                .filter(candidate -> candidate.member().equals(member))
                .findFirst();
    }

    static List<ImageMember> of(Handle handle, ImageId image) {
        return handle.createQuery("SELECT * FROM image_member WHERE image_id = :image ORDER BY created_at, member")
                .bind("image", image.toString())
                .map((row, context) -> new ImageMember(
                        image,
                        new ProjectId(row.getString("member")),
                        MemberStatus.parse(row.getString("status")).orElseThrow(),
                        Instant.ofEpochMilli(row.getLong("created_at")),
                        Instant.ofEpochMilli(row.getLong("updated_at"))))
                .list();
    }

    /** What a project thinks of each image that was shared with it. */
    static Map<ImageId, MemberStatus> sharedWith(Handle handle, ProjectId member) {
        return handle
                .createQuery("SELECT image_id, status FROM image_member WHERE member = :member")
                .bind("member", member.value())
                .map((row, context) -> Map.entry(
                        ImageId.parse(row.getString("image_id")).orElseThrow(),
                        MemberStatus.parse(row.getString("status")).orElseThrow()))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
