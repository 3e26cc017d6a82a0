package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The unmodified clients of OpenStack against a real host, with a guest that really boots, counts and obeys. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class OpenStackClientE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA");

    private static final Host A = WORLD.host("hostA");

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static OpenStackSession session;

    private static String server = "";

    @BeforeAll
    static void begin() {
        session = new OpenStackSession(WORLD);
    }

    @AfterAll
    static void end() {
        session.close();
    }

    @Test
    @Order(1)
    void aTokenTheCatalogAndAWrongPassword() {
        assertThat(json("token", "issue").path("project_id").asText()).matches("[0-9a-f]{32}");
        assertThat(json("catalog", "list").findValuesAsText("Type")).contains("identity", "compute", "image");

        // The real program once, so that nothing depends on how the session starts it.
        assertThat(WORLD.openstack("hostA", "token", "issue", "-f", "json")
                        .succeeded()
                        .json()
                        .path("id")
                        .asText())
                .isNotEmpty();
        Outcome refused = session.run("hostA", "--os-password", "wrong", "token", "issue");
        assertThat(refused.endedWith(1).err()).contains("HTTP 401");
    }

    @Test
    @Order(2)
    void anImageFromCreationToDeletion() throws IOException {
        byte[] data = new byte[3_000_001];
        new Random(3).nextBytes(data);
        Path file = Files.write(directory.resolve("data.img"), data);

        JsonNode made = json("image", "create", "--disk-format", "raw", "--file", file.toString(), "one");
        assertThat(made.path("name").asText()).isEqualTo("one");
        assertThat(json("image", "list").findValuesAsText("Name")).contains("one");
        succeed("image", "set", "--name", "two", "--property", "colour=blue", "--tag", "x", "one");
        JsonNode shown = json("image", "show", "two");
        assertThat(shown.path("id")).isEqualTo(made.path("id"));
        assertThat(shown.at("/properties/colour").asText()).isEqualTo("blue");
        assertThat(shown.path("status").asText()).isEqualTo("active");
        assertThat(shown.path("size").asLong()).isEqualTo(data.length);
        Path saved = directory.resolve("saved.img");
        succeed("image", "save", "--file", saved.toString(), "two");
        assertThat(Files.mismatch(file, saved)).isEqualTo(-1);
        succeed("image", "delete", "two");
        assertThat(run("image", "show", "two").endedWith(1).err()).contains("No Image found for two");
    }

    @Test
    @Order(3)
    void flavorsAndKeyPairs() throws IOException {
        assertThat(json("flavor", "list").findValuesAsText("Name")).contains("tiny", "small", "medium");
        assertThat(json("flavor", "show", "tiny").path("ram").asInt()).isEqualTo(128);
        assertThat(run("flavor", "show", "none-such").endedWith(1).err()).contains("No Flavor found for none-such");

        Path key = Files.writeString(
                directory.resolve("key.pub"),
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGKgVvVYRkn1rNkvPn1dNAfoYVrKkUdMkzj9S5ZkoxFk someone\n");
        succeed("keypair", "create", "--public-key", key.toString(), "mine");
        assertThat(json("keypair", "list").findValuesAsText("Name")).containsExactly("mine");
        assertThat(json("keypair", "show", "mine").path("fingerprint").asText()).isNotEmpty();
        assertThat(run("keypair", "create", "--public-key", key.toString(), "mine")
                        .endedWith(1)
                        .err())
                .contains("409");
    }

    @Test
    @Order(4)
    void aServerBootsFromAnImageWithItsKernelBeside() {
        String kernel = image("aki", "test-vms/target/vmlinuz", "kernel");
        String ramdisk = image("ari", "test-vms/target/initrd", "ramdisk");
        image(
                "qcow2",
                "test-vms/target/base.qcow2",
                "tick",
                "--property",
                "kernel_id=" + kernel,
                "--property",
                "ramdisk_id=" + ramdisk,
                "--property",
                "os_command_line=console=ttyS0 guest=tick");

        JsonNode made = json(
                "--os-compute-api-version",
                "2.37",
                "server",
                "create",
                "--image",
                "tick",
                "--flavor",
                "tiny",
                "--nic",
                "auto",
                "--key-name",
                "mine",
                "--property",
                "purpose=test",
                "--wait",
                "one");

        server = made.path("id").asText();
        assertThat(made.path("status").asText()).isEqualTo("ACTIVE");
        JsonNode listed = json("server", "list").path(0);
        assertThat(listed.path("Name").asText()).isEqualTo("one");
        assertThat(listed.path("Image").asText()).isEqualTo("tick");
        assertThat(listed.path("Flavor").asText()).isEqualTo("tiny");
        JsonNode shown = json("server", "show", "one");
        assertThat(shown.path("id").asText()).isEqualTo(server);
        assertThat(shown.path("key_name").asText()).isEqualTo("mine");
        assertThat(shown.at("/properties/purpose").asText()).isEqualTo("test");
        assertThat(shown.at("/addresses/private/0").asText()).isEqualTo(A.api().address(server));
        awaitTickAfter(0);
    }

    @Test
    @Order(5)
    void theConsoleInFullAndItsLastLines() {
        String all = succeed("console", "log", "show", "one").out();
        assertThat(all).contains("Run /init as init process", "tick 1\n");
        // The very last line may just be being written.
        await("the last lines").untilAsserted(() -> {
            List<String> last = succeed("console", "log", "show", "--lines", "2", "one")
                    .out()
                    .strip()
                    .lines()
                    .toList();
            assertThat(last).hasSizeBetween(1, 2).last().asString().startsWith("tick");
        });
    }

    @Test
    @Order(6)
    void propertiesAreSetAndUnset() {
        succeed("server", "set", "--property", "colour=blue", "--name", "renamed", "one");
        assertThat(json("server", "show", "renamed").at("/properties/colour").asText())
                .isEqualTo("blue");
        succeed("server", "unset", "--property", "colour", "renamed");
        succeed("server", "set", "--name", "one", "renamed");
        JsonNode properties = json("server", "show", "one").path("properties");
        assertThat(properties.has("colour")).isFalse();
        assertThat(properties.path("purpose").asText()).isEqualTo("test");
    }

    @Test
    @Order(7)
    void aPausedOrSuspendedGuestStandsAndGoesOn() {
        succeed("server", "pause", "one");
        awaitStatus("PAUSED");
        assertThat(run("server", "pause", "one").endedWith(1).err()).contains("409");
        long standing = lastTick();
        assertThat(lastTick()).isEqualTo(standing);
        succeed("server", "unpause", "one");
        awaitStatus("ACTIVE");
        awaitTickAfter(standing);

        succeed("server", "suspend", "one");
        awaitStatus("SUSPENDED");
        await("the domain to go").until(() -> A.domains().isEmpty());
        long suspended = lastTick();
        succeed("server", "resume", "one");
        awaitStatus("ACTIVE");
        awaitTickAfter(suspended);
        assertThat(boots()).isEqualTo(1);
    }

    @Test
    @Order(8)
    void aGuestIsRebootedStoppedAndStarted() {
        succeed("server", "reboot", "--soft", "--wait", "one");
        awaitBoots(2);
        awaitTickAfter(lastTick());
        succeed("server", "reboot", "--hard", "--wait", "one");
        awaitBoots(3);
        awaitTickAfter(lastTick());

        succeed("server", "stop", "one");
        awaitStatus("SHUTOFF");
        await("the domain to go").until(() -> A.domains().isEmpty());
        assertThat(run("server", "stop", "one").endedWith(1).err()).contains("409");
        succeed("server", "start", "one");
        awaitStatus("ACTIVE");
        awaitBoots(4);
    }

    @Test
    @Order(9)
    void aLockedServerObeysAnAdminOnly() {
        succeed("server", "lock", "one");
        assertThat(run("server", "pause", "one").endedWith(1).err()).contains("locked", "409");
        session.run("hostA-admin", "server", "pause", "one").succeeded();
        session.run("hostA-admin", "server", "unpause", "one").succeeded();
        succeed("server", "unlock", "one");
        succeed("server", "pause", "one");
        succeed("server", "unpause", "one");
        assertThat(json("server", "event", "list", "one").findValuesAsText("Action"))
                .contains(
                        "create", "pause", "unpause", "suspend", "resume", "reboot", "stop", "start", "lock", "unlock");
    }

    @Test
    @Order(10)
    void readersLookAndStrangersSeeNothing() {
        assertThat(session.run("hostA-reader", "server", "show", "one", "-f", "json")
                        .succeeded()
                        .json()
                        .path("id")
                        .asText())
                .isEqualTo(server);
        assertThat(session.run("hostA-reader", "server", "delete", "one")
                        .endedWith(1)
                        .err())
                .contains("HTTP 403");
        assertThat(session.run("hostA-reader", "server", "stop", "one")
                        .endedWith(1)
                        .err())
                .contains("HTTP 403");
        assertThat(session.run("hostA-reader", "image", "delete", "tick").code())
                .isEqualTo(1);
        assertThat(session.run("hostA-other", "server", "list", "-f", "json")
                        .succeeded()
                        .json())
                .isEmpty();
        assertThat(session.run("hostA-other", "image", "list", "-f", "json")
                        .succeeded()
                        .json())
                .isEmpty();
        assertThat(session.run("hostA-other", "server", "show", server)
                        .endedWith(1)
                        .err())
                .contains("No server with a name or ID of '" + server + "' exists.");
        assertThat(A.api().status(server)).isEqualTo("ACTIVE");
        assertThat(A.api().images("tick")).hasSize(1);
    }

    @Test
    @Order(11)
    void whatThereIsNotIsNamed() {
        assertThat(run("server", "show", "none-such").endedWith(1).err())
                .contains("No server with a name or ID of 'none-such' exists.");
        assertThat(run("server", "delete", "00000000-0000-4000-8000-000000000000")
                        .endedWith(1)
                        .err())
                .contains("No server with a name or ID");
        assertThat(run("server", "create", "--image", "none-such", "--flavor", "tiny", "x")
                        .endedWith(1)
                        .err())
                .contains("No Image found for none-such");
        assertThat(run("server", "create", "--image", "tick", "--flavor", "none-such", "x")
                        .endedWith(1)
                        .err())
                .contains("No flavor with a name or ID of 'none-such' exists.");
        assertThat(run("server", "create", "--image", "tick", "--flavor", "tiny", "--key-name", "none-such", "x")
                        .endedWith(1)
                        .err())
                .contains("Invalid key_name provided", "HTTP 400");
        assertThat(json("server", "list")).hasSize(1);
    }

    @Test
    @Order(12)
    void theOlderClientsSeeTheSame() {
        assertThat(old("nova", "list")).contains(server, "ACTIVE");
        assertThat(old("nova", "show", "one")).contains(server, "purpose");
        assertThat(old("glance", "image-list")).contains("tick", "kernel", "ramdisk");
    }

    @Test
    @Order(13)
    void aServerWithoutANetworkHasNoAddress() {
        JsonNode made = json(
                "--os-compute-api-version",
                "2.37",
                "server",
                "create",
                "--image",
                "tick",
                "--flavor",
                "tiny",
                "--nic",
                "none",
                "--wait",
                "alone");
        assertThat(made.path("addresses")).isEmpty();
        succeed("server", "delete", "--wait", "alone");
    }

    @Test
    @Order(14)
    void aDeletedServerLeavesNothing() {
        succeed("server", "delete", "--wait", "one");
        assertThat(json("server", "list")).isEmpty();
        await("the domain and the files to go").untilAsserted(() -> {
            assertThat(A.domains()).isEmpty();
            assertThat(A.state().resolve("instances")).isEmptyDirectory();
        });
        await("its address to be free")
                .until(() -> A.query("SELECT id FROM port").isEmpty());
        succeed("image", "delete", "tick", "kernel", "ramdisk");
        succeed("keypair", "delete", "mine");
        assertThat(json("image", "list")).isEmpty();
        assertThat(json("keypair", "list")).isEmpty();
    }

    private static String image(String format, String file, String name, String... more) {
        List<String> command =
                new ArrayList<>(List.of("image", "create", "--disk-format", format, "--container-format"));
        command.add(format.equals("qcow2") ? "bare" : format);
        command.addAll(List.of("--file", Programs.REPOSITORY.resolve(file).toString()));
        command.addAll(Arrays.asList(more));
        command.add(name);
        return json(command.toArray(String[]::new)).path("id").asText();
    }

    /** One of the clients that have a command of their own; they read the same clouds.yaml only with os_client_config. */
    private static String old(String... command) {
        List<String> all = new ArrayList<>(List.of(
                "env",
                "OS_AUTH_URL=https://" + A.address() + ":8774/identity/v3",
                "OS_USERNAME=demo",
                "OS_PASSWORD=demo-password",
                "OS_PROJECT_NAME=demo",
                "OS_USER_DOMAIN_NAME=Default",
                "OS_PROJECT_DOMAIN_NAME=Default",
                "OS_CACERT=" + A.state().resolve("tls/certificate.pem")));
        all.addAll(Arrays.asList(command));
        return WORLD.inInternet(all.toArray(String[]::new)).succeeded().out();
    }

    private static Outcome run(String... arguments) {
        return session.run("hostA", arguments);
    }

    private static Outcome succeed(String... arguments) {
        return run(arguments).succeeded();
    }

    private static JsonNode json(String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(List.of("-f", "json"));
        return succeed(all.toArray(String[]::new)).json();
    }

    private static void awaitStatus(String status) {
        await("status " + status)
                .until(() -> A.api().status(server).equals(status)
                        && A.api().task(server).isEmpty());
    }

    private static Tape console() {
        return new Tape(A.state().resolve("instances").resolve(server).resolve("console.log"));
    }

    private static long boots() {
        return console()
                .text()
                .lines()
                .filter(line -> line.contains("Run /init as init"))
                .count();
    }

    private static void awaitBoots(long boots) {
        await("boot number " + boots).until(() -> boots() == boots);
    }

    private static long lastTick() {
        return console()
                .text()
                .lines()
                .filter(line -> line.matches("tick [0-9]+"))
                .mapToLong(line -> Long.parseLong(line.substring(5)))
                .reduce(0, (before, tick) -> tick);
    }

    private static void awaitTickAfter(long tick) {
        await("a tick after " + tick).until(() -> lastTick() > tick);
    }
}
