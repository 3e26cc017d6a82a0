package org.tresccad.client.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CloudsWriterTest {
    private static final Map<String, Object> ENTRY = Map.of(
            "auth",
            Map.of(
                    "auth_url", "http://x/identity",
                    "username", "me",
                    "password", "p: #'\"1",
                    "project_name", "0123"));

    @TempDir
    Path directory;

    @Test
    void makesAFileThatOnlyItsOwnerCanRead() throws IOException {
        Path file = directory.resolve("new/clouds.yaml");
        new CloudsWriter(file).put("edge", ENTRY, false);

        Credentials written = Clouds.load(file).cloud("edge").credentials();
        assertThat(written.password().reveal()).isEqualTo("p: #'\"1");
        assertThat(written.project().value()).isEqualTo("0123");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void keepsCommentsAndOtherClouds() throws IOException {
        Path file = directory.resolve("clouds.yaml");
        Files.writeString(file, """
                # mine
                clouds:
                    # the lab
                    lab: {auth: {auth_url: "http://lab/", username: a, password: b, project_name: c}}
                cache: {expiration: 5}
                """);
        new CloudsWriter(file).put("edge", ENTRY, false);

        assertThat(Files.readString(file)).contains("# mine", "# the lab", "cache: {expiration: 5}");
        assertThat(Clouds.load(file).names()).containsExactlyInAnyOrder("edge", "lab");
    }

    @Test
    void replacesOnlyWhenAskedTo() throws IOException {
        Path file = directory.resolve("clouds.yaml");
        CloudsWriter writer = new CloudsWriter(file);
        writer.put("edge", ENTRY, false);
        writer.put("other", ENTRY, false);
        assertThatThrownBy(() -> writer.put("edge", ENTRY, false)).hasMessageContaining("clouds.edge");

        writer.put("edge", Map.of("profile", "x"), true);
        assertThat(Files.readString(file)).containsOnlyOnce("edge:").contains("profile: x");
        assertThat(Clouds.load(file).names()).containsExactlyInAnyOrder("edge", "other");
    }

    @Test
    void leavesAFileAloneThatItCannotEditSafely() throws IOException {
        Path file = directory.resolve("clouds.yaml");
        String odd = "{clouds: {lab: {profile: x}}}\n";
        Files.writeString(file, odd);

        assertThatThrownBy(() -> new CloudsWriter(file).put("edge", ENTRY, false))
                .isInstanceOf(ConfigException.class);
        assertThat(Files.readString(file)).isEqualTo(odd);
    }
}
