package org.tresccad.identity;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a valid token stands for.
 *
 * @param project the project it is scoped to, if any
 * @param roles the user's roles in that project; empty without one
 * @param methods how the user proved itself: {@code password}, {@code token}
 * @param auditId names the token in logs without giving it away
 */
public record Token(
        User user,
        Optional<Project> project,
        Set<Role> roles,
        List<String> methods,
        String auditId,
        Instant issuedAt,
        Instant expiresAt) {
    /** Copies. */
    public Token {
        roles = Set.copyOf(roles);
        methods = List.copyOf(methods);
    }

    /** Who a request with this token is from; empty without a project, for only a project owns things. */
    public Optional<Caller> caller() {
        return project.map(scope -> new Caller(user.id(), user.name(), scope.id(), roles));
    }

    /** Whether the user is an administrator in the project of this token. */
    public boolean isAdmin() {
        return caller().filter(Caller::isAdmin).isPresent();
    }
}
