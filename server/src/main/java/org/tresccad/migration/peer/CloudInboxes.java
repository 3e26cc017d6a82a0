package org.tresccad.migration.peer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.cloud.ProjectClouds;
import org.tresccad.identity.Accounts;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Project;
import org.tresccad.identity.Role;
import org.tresccad.identity.User;
import org.tresccad.migration.PackageBox;

/** The clouds of this host's clouds.yaml that say {@code tresccad: {inbox: true}}. */
public final class CloudInboxes {
    private static final Logger LOG = LoggerFactory.getLogger(CloudInboxes.class);

    /** Who owns what arrives when no configured user is a member of the project. */
    private static final String NOBODY = "inbox";

    private final ProjectClouds clouds;
    private final Accounts accounts;

    /** Wires it. */
    public CloudInboxes(ProjectClouds clouds, Accounts accounts) {
        this.clouds = clouds;
        this.accounts = accounts;
    }

    /** As they are configured now. */
    public List<PackageBox> all() {
        return clouds.inboxes().entrySet().stream()
                .flatMap(entry -> box(entry).stream())
                .toList();
    }

    private Optional<PackageBox> box(Map.Entry<String, String> inbox) {
        Optional<Project> project = accounts.projectNamed(inbox.getValue());
        if (project.isEmpty()) {
            LOG.warn("cloud {} is an inbox for project {}, which is not configured", inbox.getKey(), inbox.getValue());
        }
        return project.flatMap(
                known -> clouds.find(known.id(), inbox.getKey()).map(cloud -> new GlanceBox(cloud, recipient(known))));
    }

    /** The first configured member; what arrives belongs to the project anyway. */
    private Caller recipient(Project project) {
        User user = accounts.users().stream()
                .filter(account -> account.roles().getOrDefault(project.id(), Set.of()).stream()
                        .anyMatch(role -> role.includes(Role.MEMBER)))
                .map(account -> account.user())
                .findFirst()
                .orElseGet(() -> User.named(NOBODY));
        return new Caller(user.id(), user.name(), project.id(), Set.of(Role.MEMBER));
    }
}
