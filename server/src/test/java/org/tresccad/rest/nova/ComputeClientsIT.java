package org.tresccad.rest.nova;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.instance.InstanceId;
import org.tresccad.rest.Json;

/**
 * The unmodified command line clients of Debian ({@code python3-openstackclient}, {@code python3-novaclient}) against the
 * compute API. The domains behind it are only remembered.
 */
class ComputeClientsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    private Path directory;

    private TestingNova nova;

    @BeforeEach
    void start() {
        nova = new TestingNova(directory);
        nova.image("cirros");
    }

    @AfterEach
    void stop() {
        nova.close();
    }

    @Test
    void openstackTakesAServerThroughItsLife() throws IOException {
        assertThat(names(openstack("flavor", "list"), "Name")).containsExactly("m1.tiny", "m1.small");
        assertThat(openstack("flavor", "show", "m1.small").get("ram").asInt()).isEqualTo(128);

        Path privateKey = directory.resolve("key");
        succeeds("openstack", "keypair", "create", "--private-key", privateKey.toString(), "made");
        assertThat(Files.readString(privateKey)).contains("BEGIN RSA PRIVATE KEY");
        assertThat(names(openstack("keypair", "list"), "Name")).containsExactly("made");
        assertThat(openstack("keypair", "show", "made").get("name").asText()).isEqualTo("made");

        JsonNode server = openstack(
                "server", "create", "--image", "cirros", "--flavor", "m1.tiny", "--key-name", "made", "--wait", "one");
        String id = server.get("id").asText();
        assertThat(server.get("status").asText()).isEqualTo("ACTIVE");
        JsonNode listed = openstack("server", "list").get(0);
        assertThat(listed.get("Name").asText()).isEqualTo("one");
        assertThat(listed.get("Image").asText()).isEqualTo("cirros");
        assertThat(listed.get("Flavor").asText()).isEqualTo("m1.tiny");
        assertThat(listed.at("/Networks/private/0").asText()).startsWith("10.99.0.");
        assertThat(openstack("server", "show", "one").get("id").asText()).isEqualTo(id);

        follow(id, "stop", "SHUTOFF");
        follow(id, "start", "ACTIVE");
        follow(id, "pause", "PAUSED");
        follow(id, "unpause", "ACTIVE");
        follow(id, "suspend", "SUSPENDED");
        follow(id, "resume", "ACTIVE");
        succeeds("openstack", "server", "reboot", "--wait", "one");
        succeeds("openstack", "server", "set", "--name", "two", "--property", "role=web", "one");
        assertThat(openstack("server", "show", "two").get("properties").toString())
                .contains("web");
        succeeds("openstack", "server", "unset", "--property", "role", "two");
        succeeds("openstack", "server", "lock", "two");
        assertThat(fails("openstack", "server", "pause", "two")).contains("locked");
        succeeds("openstack", "server", "unlock", "two");

        Files.writeString(nova.host.files.console(InstanceId.parse(id).orElseThrow()), "count 1\ncount 2\n");
        assertThat(succeeds("openstack", "console", "log", "show", "two")).contains("count 2");
        assertThat(openstack("server", "event", "list", "two").toString()).contains("create", "reboot", "suspend");

        assertThat(fails("openstack", "server", "show", "nobody")).contains("nobody");
        assertThat(fails("openstack", "flavor", "show", "m1.huge")).contains("m1.huge");
        succeeds("openstack", "server", "delete", "--wait", "two");
        succeeds("openstack", "keypair", "delete", "made");
        assertThat(openstack("server", "list")).isEmpty();
        assertThat(openstack("limits", "show", "--absolute").toString()).contains("maxTotalInstances");
        assertThat(openstack("availability", "zone", "list", "--compute").toString())
                .contains("nova");
    }

    @Test
    void openstackChoosesNetworksFrom237On() {
        for (String nic : List.of("none", "auto")) {
            JsonNode server = json(succeeds(
                    "openstack",
                    "--os-compute-api-version",
                    "2.37",
                    "server",
                    "create",
                    "--image",
                    "cirros",
                    "--flavor",
                    "1",
                    "--nic",
                    nic,
                    "--wait",
                    "-f",
                    "json",
                    nic));
            assertThat(server.get("addresses").toString().contains("10.99.0.")).isEqualTo(nic.equals("auto"));
        }
    }

    @Test
    void novaNegotiatesTheNewestVersion() {
        assertThat(succeeds("nova", "version-list")).contains("2.79");
        assertThat(succeeds("nova", "flavor-list")).contains("m1.tiny");
        succeeds("nova", "boot", "--image", "cirros", "--flavor", "1", "--nic", "auto", "--poll", "new");
        assertThat(succeeds("nova", "list")).contains("new", "ACTIVE");
        assertThat(succeeds("nova", "show", "new")).contains("m1.tiny", "locked_reason", "10.99.0.");
        succeeds("nova", "lock", "--reason", "careful", "new");
        assertThat(succeeds("nova", "show", "new")).contains("careful");
        succeeds("nova", "unlock", "new");
        succeeds("nova", "server-tag-add", "new", "blue");
        assertThat(succeeds("nova", "server-tag-list", "new")).contains("blue");
        assertThat(succeeds("nova", "instance-action-list", "new")).contains("create", "lock");
        assertThat(succeeds("nova", "keypair-add", "fresh")).contains("PRIVATE KEY");
        assertThat(succeeds("nova", "keypair-list")).contains("fresh");
        assertThat(fails("nova", "show", "nobody")).contains("nobody");
        succeeds("nova", "delete", "new");
    }

    private void follow(String id, String command, String status) {
        succeeds("openstack", "server", command, "one");
        nova.awaitStatus(id, status);
    }

    private JsonNode openstack(String... arguments) {
        List<String> command = new ArrayList<>(List.of("openstack"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-f", "json"));
        return json(succeeds(command.toArray(String[]::new)));
    }

    private String succeeds(String... command) {
        Ended ended = run(command);
        assertThat(ended.code())
                .as("%s: %s", String.join(" ", command), ended.output())
                .isZero();
        return ended.output();
    }

    private String fails(String... command) {
        Ended ended = run(command);
        assertThat(ended.code())
                .as("%s: %s", String.join(" ", command), ended.output())
                .isNotZero();
        return ended.output();
    }

    private record Ended(int code, String output) {}

    private Ended run(String... command) {
        try {
            Path output = Files.createTempFile(directory, "client", ".out");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            Map<String, String> environment = builder.environment();
            environment.clear();
            environment.putAll(Map.of(
                    "PATH", "/usr/bin:/bin",
                    "HOME", directory.toString(),
                    "LC_ALL", "C.UTF-8",
                    "PYTHONWARNINGS", "ignore",
                    "OS_AUTH_URL", nova.uri() + "/identity/v3",
                    "OS_USERNAME", "demo",
                    "OS_PASSWORD", TestingNova.PASSWORD,
                    "OS_PROJECT_NAME", "demo",
                    "OS_USER_DOMAIN_ID", "default",
                    "OS_PROJECT_DOMAIN_ID", "default"));
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", command) + " did not end");
            }
            return new Ended(process.exitValue(), Files.readString(output));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<String> names(JsonNode list, String column) {
        return list.findValuesAsText(column);
    }

    private static JsonNode json(String text) {
        try {
            return Json.mapper().readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException("not JSON: " + text, e);
        }
    }
}
