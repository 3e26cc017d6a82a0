package org.tresccad.identity;

import java.util.Set;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * Who makes a request, in which project, with which roles: what a valid token says.
 *
 * @param userId the user
 * @param userName the user's name, for logs
 * @param projectId the project the token is scoped to
 * @param roles the user's roles in that project
 */
public record Caller(UserId userId, String userName, ProjectId projectId, Set<Role> roles) {
    /** Copies. */
    public Caller {
        roles = Set.copyOf(roles);
    }

    /** Whether the caller may do what {@code role} allows in its own project. */
    public boolean has(Role role) {
        return roles.stream().anyMatch(held -> held.includes(role));
    }

    /** Whether the caller may see and change every project's things. */
    public boolean isAdmin() {
        return has(Role.ADMIN);
    }

    /**
     * Refuses a caller that lacks {@code role}.
     *
     * @throws TresccadException FORBIDDEN
     */
    public void require(Role role) {
        if (!has(role)) {
            throw new TresccadException(
                    ErrorKind.FORBIDDEN, "This needs the role " + role.wireName() + " in the project.");
        }
    }

    /** Whether something that {@code owner} owns is visible to the caller. */
    public boolean sees(ProjectId owner) {
        return projectId.equals(owner) || isAdmin();
    }
}
