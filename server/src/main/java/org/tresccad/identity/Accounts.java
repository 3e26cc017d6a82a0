package org.tresccad.identity;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Everybody and every project this host knows, as configured; unchanged while the daemon runs. */
public record Accounts(List<Project> projects, List<UserAccount> users) {
    /**
     * Copies and checks that names and ids are unique and that every role is in a known project.
     *
     * @throws IllegalArgumentException naming the culprit
     */
    public Accounts {
        projects = List.copyOf(projects);
        users = List.copyOf(users);
        unique("project name", projects, Project::name);
        unique("project id", projects, Project::id);
        unique("user name", users, account -> account.user().name());
        unique("user id", users, account -> account.user().id());
        Set<ProjectId> known = new HashSet<>();
        projects.forEach(project -> known.add(project.id()));
        for (UserAccount account : users) {
            if (!known.containsAll(account.roles().keySet())) {
                throw new IllegalArgumentException(
                        "user " + account.user().name() + " has roles in a project that does not exist");
            }
        }
    }

    /** The project of that id. */
    public Optional<Project> project(ProjectId id) {
        return projects.stream().filter(project -> project.id().equals(id)).findFirst();
    }

    /** The project of that name. */
    public Optional<Project> projectNamed(String name) {
        return projects.stream().filter(project -> project.name().equals(name)).findFirst();
    }

    /** The user of that id. */
    public Optional<UserAccount> user(UserId id) {
        return users.stream().filter(account -> account.user().id().equals(id)).findFirst();
    }

    /** The user of that name. */
    public Optional<UserAccount> userNamed(String name) {
        return users.stream()
                .filter(account -> account.user().name().equals(name))
                .findFirst();
    }

    private static <T> void unique(String what, List<T> things, Function<T, Object> key) {
        Set<Object> seen = new HashSet<>();
        for (T thing : things) {
            if (!seen.add(key.apply(thing))) {
                throw new IllegalArgumentException("the " + what + " " + key.apply(thing) + " is there twice");
            }
        }
    }
}
