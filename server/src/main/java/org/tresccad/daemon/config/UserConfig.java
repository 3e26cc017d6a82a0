package org.tresccad.daemon.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tresccad.identity.Role;
import org.tresccad.identity.UserId;

/**
 * A user.
 *
 * @param id empty: derived from the name
 * @param credential what the user proves itself with
 * @param memberships the projects it works in
 */
public record UserConfig(String name, Optional<UserId> id, Credential credential, List<Membership> memberships) {
    /** Copies. */
    public UserConfig {
        memberships = List.copyOf(memberships);
    }

    /** Roles in one of the configured projects. */
    public record Membership(String project, Set<Role> roles) {
        /** Copies. */
        public Membership {
            roles = Set.copyOf(roles);
        }

        static Membership read(ConfigReader in) {
            String project = in.required("name", "unnamed", Values::label);
            Set<Role> roles = new TreeSet<>(in.list("roles", Membership::role));
            if (roles.isEmpty()) {
                in.problem("roles", "at least one of admin, member, reader is needed");
            }
            return new Membership(project, roles);
        }

        private static Role role(String text) {
            for (Role role : Role.values()) {
                if (role.wireName().equals(text.toLowerCase(Locale.ROOT))) {
                    return role;
                }
            }
            throw new IllegalArgumentException("\"" + text + "\" is not one of admin, member, reader");
        }
    }

    static UserConfig read(ConfigReader in) {
        String name = in.required("name", "unnamed", Values::label);
        Optional<UserId> id = in.optional("id", text -> new UserId(text));
        Optional<String> plain = in.secret("password", Credential::password);
        Optional<String> hash = in.secret("password_hash", Credential::phc);
        if (plain.isPresent() == hash.isPresent()) {
            in.problem("password", "a user has either password or password_hash");
        }
        Credential credential = hash.map(Credential::ofHash).orElseGet(() -> Credential.ofPassword(plain.orElse("")));
        return new UserConfig(name, id, credential, in.items("projects", Membership::read, List.of()));
    }
}
