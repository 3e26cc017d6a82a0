package org.tresccad.identity;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A user with the proof and the rights it has.
 *
 * @param password the hash its password must match
 * @param roles what it may do, per project; a project without roles is left out
 */
public record UserAccount(User user, PasswordHash password, Map<ProjectId, Set<Role>> roles) {
    /** Copies. */
    public UserAccount {
        Map<ProjectId, Set<Role>> copy = new HashMap<>();
        roles.forEach((project, held) -> {
            if (!held.isEmpty()) {
                copy.put(project, Set.copyOf(held));
            }
        });
        roles = Map.copyOf(copy);
    }
}
