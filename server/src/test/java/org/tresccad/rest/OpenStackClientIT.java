package org.tresccad.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unmodified commands {@code openstack} and {@code glance} of Debian against a real server. */
final class OpenStackClientIT {
    @TempDir
    private static Path directory;

    private static TestServer server;

    private record Outcome(int code, String output) {}

    @BeforeAll
    static void start() {
        server = TestServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aTokenAndTheCatalog() throws Exception {
        assertThat(json("openstack", "token", "issue").get("project_id").asText())
                .matches("[0-9a-f]{32}");
        assertThat(json("openstack", "catalog", "list").findValuesAsText("Type"))
                .containsExactlyInAnyOrder("identity", "compute", "image");
    }

    @Test
    void aWrongPasswordIsExplained() throws Exception {
        Outcome outcome = run("wrong", "openstack", "token", "issue");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.output()).contains("requires authentication", "HTTP 401", "req-");
    }

    @Test
    void anImageFromCreationToDeletion() throws Exception {
        byte[] data = new byte[3_000_000];
        new Random(3).nextBytes(data);
        Path file = Files.write(directory.resolve("data.img"), data);

        String id = json("openstack", "image", "create", "--disk-format", "raw", "--file", file.toString(), "one")
                .get("id")
                .asText();
        assertThat(json("openstack", "image", "list").findValuesAsText("Name")).contains("one");
        succeed("openstack", "image", "set", "--name", "two", "--property", "kernel_id=abc", "--tag", "x", "one");
        JsonNode shown = json("openstack", "image", "show", "two");
        assertThat(shown.get("id").asText()).isEqualTo(id);
        assertThat(shown.get("status").asText()).isEqualTo("active");
        assertThat(shown.at("/properties/kernel_id").asText()).isEqualTo("abc");
        Path saved = directory.resolve("saved.img");
        succeed("openstack", "image", "save", "--file", saved.toString(), "two");
        assertThat(Files.mismatch(file, saved)).isEqualTo(-1);
        succeed("openstack", "image", "delete", "two");
        assertThat(run(TestServer.PASSWORD, "openstack", "image", "show", "two").output())
                .contains("No Image found for two");
    }

    @Test
    void glanceclientUploadsListsAndDeletes() throws Exception {
        Path file = Files.writeString(directory.resolve("small.img"), "small");

        String created = succeed(
                "glance",
                "image-create",
                "--name",
                "small",
                "--disk-format",
                "raw",
                "--container-format",
                "bare",
                "--file",
                file.toString());
        assertThat(created).contains("active");
        String id = created.lines()
                .filter(line -> line.matches("\\| id +\\|.*"))
                .map(line -> line.split("\\|", -1)[2].strip())
                .findFirst()
                .orElseThrow();
        assertThat(succeed("glance", "image-list")).contains(id);
        Path saved = directory.resolve("glance.img");
        succeed("glance", "image-download", "--file", saved.toString(), id);
        assertThat(saved).hasContent("small");
        succeed("glance", "image-delete", id);
        assertThat(succeed("glance", "image-list")).doesNotContain(id);
    }

    private static JsonNode json(String... command) throws IOException, InterruptedException {
        List<String> withFormat = new ArrayList<>(List.of(command));
        withFormat.addAll(List.of("-f", "json"));
        return Json.mapper().readTree(succeed(withFormat.toArray(String[]::new)));
    }

    private static String succeed(String... command) throws IOException, InterruptedException {
        Outcome outcome = run(TestServer.PASSWORD, command);
        assertThat(outcome.code()).as(outcome.output()).isZero();
        return outcome.output();
    }

    private static Outcome run(String password, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(Map.of(
                "PATH", "/usr/bin:/bin",
                "HOME", directory.toString(),
                "PYTHONWARNINGS", "ignore",
                "OS_AUTH_URL", server.uri() + "/identity/v3",
                "OS_USERNAME", "demo",
                "OS_PASSWORD", password,
                "OS_PROJECT_NAME", "demo",
                "OS_USER_DOMAIN_NAME", "Default",
                "OS_PROJECT_DOMAIN_NAME", "Default",
                "OS_IDENTITY_API_VERSION", "3"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }
}
