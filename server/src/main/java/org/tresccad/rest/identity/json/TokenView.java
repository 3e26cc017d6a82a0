package org.tresccad.rest.identity.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.tresccad.identity.Role;
import org.tresccad.identity.Token;

/**
 * A token: {@code {"methods": ["password"], "user": {...}, "audit_ids": [...], "expires_at":
 * "2026-11-20T12:00:00.000000Z", "issued_at": ..., "project": {...}, "roles": [{"id": ..., "name": "member"}],
 * "catalog": [...], "is_domain": false}}. Without a project the last four are left out.
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record TokenView(
        List<String> methods,
        UserRef user,
        @JsonProperty("audit_ids") List<String> auditIds,
        @JsonProperty("expires_at") String expiresAt,
        @JsonProperty("issued_at") String issuedAt,
        Optional<ProjectRef> project,
        Optional<List<RoleView>> roles,
        Optional<List<ServiceView>> catalog,
        @JsonProperty("is_domain") boolean isDomain) {
    /** Six digits, as openstack4j insists on them. */
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** The user, in a token. */
    public record UserRef(
            String id,
            String name,
            DomainView domain,

            @JsonInclude(JsonInclude.Include.ALWAYS) @JsonProperty("password_expires_at")
            Optional<String> passwordExpiresAt) {}

    /** The project, in a token. */
    public record ProjectRef(String id, String name, DomainView domain) {}

    /** A role. */
    public record RoleView(String id, String name) {}

    /** {@code token} with the services it is good for. */
    public static TokenView of(Token token, List<ServiceView> catalog) {
        return new TokenView(
                token.methods(),
                new UserRef(token.user().id().value(), token.user().name(), DomainView.DEFAULT, Optional.empty()),
                List.of(token.auditId()),
                time(token.expiresAt()),
                time(token.issuedAt()),
                token.project()
                        .map(project -> new ProjectRef(project.id().value(), project.name(), DomainView.DEFAULT)),
                token.project().map(project -> roles(token)),
                token.project().map(project -> catalog),
                false);
    }

    private static List<RoleView> roles(Token token) {
        // As in Keystone, a role implies the lesser ones, and tokens name them too.
        return List.of(Role.values()).stream()
                .filter(role -> token.roles().stream().anyMatch(held -> held.includes(role)))
                .map(role -> new RoleView(role.wireName(), role.wireName()))
                .toList();
    }

    private static String time(Instant instant) {
        return TIME.format(instant);
    }
}
