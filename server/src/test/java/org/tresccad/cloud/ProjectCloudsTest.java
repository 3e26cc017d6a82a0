package org.tresccad.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.tresccad.testing.TestingHost;

class ProjectCloudsTest {
    @TempDir
    private Path directory;

    private final Logger logger = (Logger) LoggerFactory.getLogger(ProjectClouds.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @BeforeEach
    void listen() {
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(logged);
    }

    @Test
    void passwordsThatOthersMayReadAreWarnedOfOncePerChangeOfTheFile() throws IOException {
        Path file = clouds("rw-r--r--", 1);
        try (ProjectClouds clouds = new ProjectClouds(file, project -> Optional.of("demo"))) {
            assertThat(clouds.names(TestingHost.MEMBER.projectId())).containsExactly("b");
            clouds.inboxes();
            assertThat(warnings()).singleElement().asString().contains("chmod 600 " + file);

            clouds("rw-r--r--", 2);
            clouds.inboxes();
            clouds.inboxes();
            assertThat(warnings()).hasSize(2);

            clouds("rw-------", 3);
            clouds.inboxes();
            assertThat(warnings()).hasSize(2);
        }
    }

    private List<String> warnings() {
        return logged.list.stream()
                .filter(event -> event.getLevel() == Level.WARN)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private Path clouds(String permissions, int second) throws IOException {
        Path file = Files.writeString(directory.resolve("clouds.yaml"), """
                clouds:
                  b:
                    auth: {auth_url: "https://b.example/identity/v3", username: demo, password: secret, project_name: demo}
                    tresccad: {projects: [demo]}
                """);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(second)));
    }
}
