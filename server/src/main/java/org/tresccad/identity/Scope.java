package org.tresccad.identity;

import java.util.Optional;

/** What a login asks to work on. */
public sealed interface Scope {
    /** No project: good only for finding out which projects there are. */
    record Unscoped() implements Scope {}

    /** A project by id, as it came on the wire. */
    record ById(String id) implements Scope {}

    /** A project by name. */
    record ByName(String name) implements Scope {}

    /** The project meant, if this host knows it; empty for {@link Unscoped} too. */
    default Optional<Project> in(Accounts accounts) {
        if (this instanceof ById byId) {
            return accounts.projects().stream()
                    .filter(project -> project.id().value().equals(byId.id()))
                    .findFirst();
        }
        return this instanceof ByName byName ? accounts.projectNamed(byName.name()) : Optional.empty();
    }
}
