package org.tresccad.cloud;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.client.Cloud;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.Clouds;
import org.tresccad.client.config.ConfigException;
import org.tresccad.client.http.Timeouts;
import org.tresccad.identity.ProjectId;

/**
 * The other clouds in this host's clouds.yaml. A cloud belongs to the projects it names under {@code tresccad:
 * {projects: [...]}}, and to no other: its credentials are not everyone's. The file is read again when it changes.
 * Connections are kept, so that a move finds a token ready.
 */
public final class ProjectClouds implements AutoCloseable {
    /** A guest is frozen while its package travels: a silent link has to be noticed sooner than a person would. */
    private static final Timeouts TIMEOUTS =
            new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofMinutes(10));

    private static final Logger LOG = LoggerFactory.getLogger(ProjectClouds.class);

    private final Path file;
    private final Function<ProjectId, Optional<String>> projectName;
    private final Map<CloudConfig, Cloud> connections = new HashMap<>();
    private List<CloudConfig> configs = List.of();
    private @Nullable FileTime readAt;

    /** Over {@code file}, which need not exist; {@code projectName} tells the name of a configured project. */
    public ProjectClouds(Path file, Function<ProjectId, Optional<String>> projectName) {
        this.file = file;
        this.projectName = projectName;
    }

    /** The names of a project's clouds, in the order of the file. */
    public List<String> names(ProjectId project) {
        return of(project).stream().map(CloudConfig::name).toList();
    }

    /** The names of the clouds that hold packages for this host, each with the name of the project these are for. */
    public Map<String, String> inboxes() {
        Map<String, String> found = new LinkedHashMap<>();
        current().stream()
                .filter(config -> config.use().isInbox())
                .forEach(config -> found.put(config.name(), config.projects().get(0)));
        return found;
    }

    /** A connection to one of a project's clouds; it stays open and belongs to this object. */
    public synchronized Optional<Cloud> find(ProjectId project, String name) {
        return of(project).stream()
                .filter(config -> config.name().equals(name))
                .findFirst()
                .map(config -> connections.computeIfAbsent(config, c -> Cloud.of(c, TIMEOUTS, Clock.systemUTC())));
    }

    @Override
    public synchronized void close() {
        connections.values().forEach(Cloud::close);
        connections.clear();
    }

    private List<CloudConfig> of(ProjectId project) {
        Optional<String> name = projectName.apply(project);
        return current().stream()
                .filter(config -> name.filter(config.projects()::contains).isPresent())
                .toList();
    }

    private synchronized List<CloudConfig> current() {
        FileTime changed;
        try {
            changed = Files.getLastModifiedTime(file);
        } catch (IOException e) {
            LOG.debug("there is no file of destinations", e);
            return List.of();
        }
        if (!changed.equals(readAt)) {
            try {
                Clouds clouds = Clouds.load(file);
                configs = clouds.names().stream().map(clouds::cloud).toList();
                readAt = changed;
                clouds.warnings().forEach(LOG::warn);
            } catch (ConfigException e) {
                LOG.error("the destinations stay as they were: {}", e.getMessage());
            }
        }
        return configs;
    }
}
