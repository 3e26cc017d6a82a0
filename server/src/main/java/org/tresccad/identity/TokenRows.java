package org.tresccad.identity;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table of tokens, by the SHA-256 of their secrets: who reads the database cannot log in with it. */
final class TokenRows {
    private TokenRows() {}

    record Row(
            String digest,
            UserId user,
            Optional<ProjectId> project,
            List<String> methods,
            String auditId,
            Instant issuedAt,
            Instant expiresAt) {}

    static String digestOf(String secret) {
        return HexFormat.of().formatHex(Names.digest("SHA-256", secret.getBytes(StandardCharsets.UTF_8)));
    }

    static void insert(Handle transaction, Row row) {
        transaction
                .createUpdate("""
                        INSERT INTO token (digest, user_id, project_id, methods, audit_id, issued_at, expires_at)
                        VALUES (:digest, :user, :project, :methods, :audit, :issued, :expires)
                        """)
                .bind("digest", row.digest())
                .bind("user", row.user().value())
                .bind("project", row.project().map(ProjectId::value).orElse(null))
                .bind("methods", String.join(",", row.methods()))
                .bind("audit", row.auditId())
                .bind("issued", row.issuedAt().toEpochMilli())
                .bind("expires", row.expiresAt().toEpochMilli())
                .execute();
    }

    static Optional<Row> find(Handle handle, String digest) {
        return handle.createQuery("SELECT * FROM token WHERE digest = :digest")
                .bind("digest", digest)
                .map((row, context) -> read(row))
                .findFirst();
    }

    static void delete(Handle transaction, String digest) {
        transaction
                .createUpdate("DELETE FROM token WHERE digest = :digest")
                .bind("digest", digest)
                .execute();
    }

    static int deleteExpired(Handle transaction, Instant now) {
        return transaction
                .createUpdate("DELETE FROM token WHERE expires_at <= :now")
                .bind("now", now.toEpochMilli())
                .execute();
    }

    private static Row read(ResultSet row) throws SQLException {
        return new Row(
                row.getString("digest"),
                new UserId(row.getString("user_id")),
                Optional.ofNullable(row.getString("project_id")).map(ProjectId::new),
                List.of(row.getString("methods").split(",", -1)),
                row.getString("audit_id"),
                Instant.ofEpochMilli(row.getLong("issued_at")),
                Instant.ofEpochMilli(row.getLong("expires_at")));
    }
}
