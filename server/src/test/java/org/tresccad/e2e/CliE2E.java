package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The command line from end to end: two hosts, of which the second one listens on loopback only in the end. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CliE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA", "hostB");

    private static final Host A = WORLD.host("hostA");
    private static final Host B = WORLD.host("hostB");
    private static final Pattern FINGERPRINT = Pattern.compile("SHA-256 ([0-9A-F:]{95})");

    @TempDir
    private static Path directory;

    @TempDir
    private static Path keys;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest guest;

    @BeforeAll
    static void spawn() {
        guest = WORLD.spawn(A, "traveller");
    }

    @AfterAll
    static void everyNumberWasCountedOnce() {
        guest.countedEverything();
        guest.neverTwo();
    }

    @Test
    @Order(1)
    void helpTellsCommandsAndExitCodesAndWrongArgumentsAreTwo() {
        Outcome help = tresccac("--help").succeeded();
        assertThat(help.out()).contains("spawn", "migrate", "Exit codes", "130");
        assertThat(tresccac("migrate", "traveller", "--dest", "hostB", "--no-such-option")
                        .endedWith(2)
                        .err())
                .contains("--no-such-option");
        assertThat(tresccac().endedWith(2).err()).contains("Which command?");
    }

    @Test
    @Order(2)
    void theCompletionScriptIsOneForBash() throws IOException {
        String script = tresccac("generate-completion").succeeded().out();
        Path file = Files.writeString(directory.resolve("completion"), script);

        Outcome completed = WORLD.inInternet(
                "bash",
                "-c",
                // What completes only within bash's own completion complains here, and does not matter.
                "source " + file + "; COMP_WORDS=(tresccac mig); COMP_CWORD=1; "
                        + "_complete_tresccac; echo \"${COMPREPLY[@]}\"");

        assertThat(completed.succeeded().out()).contains("migrate", "migrations");
    }

    @Test
    @Order(3)
    void listsOfOneCloudAndOfAll() {
        JsonNode one =
                tresccac("--cloud", "hostA", "list", "--json").succeeded().json();
        assertThat(one).hasSize(1);
        assertThat(one.at("/0/name").asText()).isEqualTo("traveller");
        assertThat(one.at("/0/status").asText()).isEqualTo("ACTIVE");
        JsonNode all = tresccac("list", "--all-clouds", "--json").succeeded().json();
        // hostA is there four times, as different users; a stranger sees nothing.
        assertThat(StreamSupport.stream(all.spliterator(), false)
                        .map(each -> each.path("cloud").asText())
                        .toList())
                .containsExactlyInAnyOrder("hostA", "hostA-admin", "hostA-reader");
        assertThat(tresccac("--cloud", "hostA", "list").succeeded().out()).contains("| Cloud", "traveller", guest.id());
        assertThat(tresccac("--cloud", "hostA", "list", "--images", "--json")
                        .succeeded()
                        .json()
                        .findValuesAsText("name"))
                .contains("base", "vmlinuz", "initrd");
    }

    @Test
    @Order(4)
    void showAndConsole() {
        JsonNode shown = tresccac("--cloud", "hostA", "show", "traveller", "--json")
                .succeeded()
                .json();
        assertThat(shown.path("id").asText()).isEqualTo(guest.id());
        assertThat(shown.at("/addresses/0").asText()).isEqualTo(A.api().address(guest.id()));
        String log = tresccac("--cloud", "hostA", "console", "traveller", "--lines", "3")
                .succeeded()
                .out();
        assertThat(log.lines().count()).isBetween(1L, 3L);
        assertThat(tresccac("--cloud", "hostA", "console", "traveller", "--json")
                        .succeeded()
                        .json()
                        .path("output")
                        .asText())
                .contains("tick 1");
    }

    @Test
    @Order(5)
    void aConsoleIsFollowed() throws IOException {
        Process follower = WORLD.start("internet", "bin/tresccac", "--cloud", "hostA", "console", "traveller", "-f");
        try (BufferedReader lines = follower.inputReader(StandardCharsets.ISO_8859_1)) {
            long from = guest.lastTick();
            long seen = 0;
            while (seen < from + 2) {
                String line = lines.readLine();
                assertThat(line).as("the console goes on").isNotNull();
                if (line.matches("tick [0-9]+")) {
                    long tick = Long.parseLong(line.substring(5));
                    assertThat(tick).isEqualTo(seen + 1);
                    seen = tick;
                }
            }
        } finally {
            follower.descendants().forEach(ProcessHandle::destroyForcibly);
            follower.destroyForcibly();
        }
    }

    @Test
    @Order(6)
    void anImageIsPushedAndPulledBothWaysAndDeleted() throws IOException {
        byte[] data = new byte[2_500_000];
        new Random(6).nextBytes(data);
        Path file = Files.write(directory.resolve("noise.img"), data);

        JsonNode pushed = tresccac(
                        "--cloud",
                        "hostA",
                        "push",
                        file.toString(),
                        "--name",
                        "noise",
                        "--property",
                        "colour=blue",
                        "--json")
                .succeeded()
                .json();
        JsonNode imported = tresccac("pull", "noise", "--source", "hostA", "--dest", "hostB", "--json")
                .succeeded()
                .json();
        Outcome streamed = tresccac(
                        "pull",
                        "noise",
                        "--source",
                        "hostA",
                        "--dest",
                        "hostB",
                        "--name",
                        "again",
                        "--through-here",
                        "--json")
                .succeeded();

        String digest = pushed.path("os_hash_value").asText();
        assertThat(digest).hasSize(128);
        assertThat(imported.path("os_hash_value").asText()).isEqualTo(digest);
        assertThat(imported.at("/properties/colour").asText()).isEqualTo("blue");
        assertThat(streamed.json().path("os_hash_value").asText()).isEqualTo(digest);
        assertThat(streamed.err().lines())
                .as("nothing but progress, where it took long enough to tell of")
                .allMatch(line -> line.matches(".*: [0-9.]+ [KM]?i?B.*"));
        tresccac("--cloud", "hostB", "delete", "--image", "noise", "again").succeeded();
        assertThat(tresccac("--cloud", "hostB", "list", "--images", "--json")
                        .succeeded()
                        .json())
                .isEmpty();
        assertThat(tresccac("--cloud", "hostB", "delete", "--image", "noise")
                        .endedWith(4)
                        .err())
                .contains("noise");
        tresccac("--cloud", "hostA", "delete", "--image", "noise").succeeded();
    }

    @Test
    @Order(7)
    void aCloudIsWrittenDownWithTheFingerprintTheDaemonPrinted() throws IOException {
        Matcher printed = FINGERPRINT.matcher(Files.readString(A.logs().resolve("tresccad.log")));
        assertThat(printed.find()).isTrue();
        Path clouds = directory.resolve("made/clouds.yaml");

        makeConfig(
                        clouds,
                        "edge",
                        "--auth-url",
                        "https://" + A.address() + ":8774/identity",
                        "--fingerprint",
                        "SHA256:" + printed.group(1))
                .succeeded();

        assertThat(Files.getPosixFilePermissions(clouds)).hasSize(2);
        assertThat(with(clouds, "bin/tresccac", "--cloud", "edge", "list", "--json")
                        .succeeded()
                        .json())
                .hasSize(1);
        assertThat(with(clouds, "openstack", "--os-cloud", "edge", "server", "list", "-f", "json")
                        .succeeded()
                        .json())
                .hasSize(1);
        String wrong = printed.group(1).startsWith("00") ? "11" : "00";
        Outcome other = makeConfig(
                clouds,
                "fake",
                "--auth-url",
                "https://" + A.address() + ":8774/identity",
                "--fingerprint",
                "SHA256:" + wrong + printed.group(1).substring(2));
        assertThat(other.endedWith(3).err()).contains("another certificate");
        assertThat(Files.readString(clouds)).doesNotContain("fake");
    }

    @Test
    @Order(8)
    void anInstanceIsSavedAndRestored() {
        assertThat(tresccac("--cloud", "hostA", "check", "traveller", "--to", "hostB")
                        .succeeded()
                        .out())
                .contains("can run at hostB");
        Outcome unknown = tresccac("--cloud", "hostA", "check", "traveller", "--to", "nowhere");
        assertThat(unknown.code()).isNotIn(0, 8);
        assertThat(unknown.err()).contains("nowhere");
        JsonNode saved = tresccac("--cloud", "hostA", "save", "traveller", "--json")
                .succeeded()
                .json();
        assertThat(saved.at("/properties/tresccad_package").asText()).isEqualTo("1");
        // Nobody has brought its base image there, and a package brings none.
        assertThat(tresccac("--cloud", "hostA", "check", saved.path("id").asText(), "--to", "hostB")
                        .endedWith(8)
                        .out())
                .contains("base_image");

        JsonNode restored = tresccac(
                        "--cloud", "hostA", "restore", saved.path("id").asText(), "--json")
                .succeeded()
                .json();

        guest.isAt(A, restored.path("id").asText());
        guest.awaitTicks(1);
        tresccac("--cloud", "hostA", "delete", "--image", saved.path("id").asText())
                .succeeded();
    }

    @Test
    @Order(9)
    void aLoopbackOnlyDaemonIsReachedThroughSshAndMovesGoBothWays() throws IOException {
        B.daemon("stop");
        Process daemon = WORLD.start(
                "hostB", "bin/tresccad", "--config", "/etc/tresccad/tresccad.yaml", "--listen", "127.0.0.1:8774");
        try (SshServer ssh = SshServer.start(WORLD, B, keys)) {
            awaitReady(daemon.inputReader(StandardCharsets.UTF_8));
            Path clouds = directory.resolve("far/clouds.yaml");
            String access = "root@" + B.address() + ":" + SshServer.PORT;
            assertThat(WORLD.inInternet("curl", "-sS", "--max-time", "5", "http://" + B.address() + ":8774/")
                            .code())
                    .isNotZero();

            Outcome between = makeConfig(
                    clouds,
                    "hostB",
                    "--auth-url",
                    "http://127.0.0.1:8774/identity",
                    "--ssh",
                    access,
                    "--ssh-key",
                    ssh.userKey().toString(),
                    "--ssh-known-hosts",
                    ssh.strange().toString());
            assertThat(between.endedWith(6).err()).containsIgnoringCase("host key");
            assertThat(clouds).doesNotExist();

            makeConfig(
                            clouds,
                            "hostB",
                            "--auth-url",
                            "http://127.0.0.1:8774/identity",
                            "--ssh",
                            access,
                            "--ssh-key",
                            ssh.userKey().toString(),
                            "--ssh-known-hosts",
                            ssh.known().toString())
                    .succeeded();
            assertThat(with(clouds, "bin/tresccac", "--cloud", "hostB", "list", "--json")
                            .succeeded()
                            .json())
                    .isEmpty();

            moveThere(clouds);
            moveBack(clouds);
        } finally {
            daemon.descendants().forEach(ProcessHandle::destroy);
            daemon.destroy();
        }
        await("hostB to be left alone").until(() -> !daemon.isAlive());
        B.daemon("start");
    }

    @Test
    @Order(10)
    void aDeletedInstanceIsGone() {
        String id = guest.id();
        tresccac("--cloud", "hostA", "delete", "traveller", "--wait").succeeded();
        assertThat(A.api().status(id)).isEqualTo("GONE");
        assertThat(tresccac("--cloud", "hostA", "show", "traveller")
                        .endedWith(4)
                        .err())
                .contains("traveller");
        A.daemon("stop");
        assertThat(tresccac("--cloud", "hostA", "list").endedWith(6).err()).contains("hostA");
    }

    /** The source is asked directly; its daemon goes through SSH. */
    private static void moveThere(Path far) throws IOException {
        Files.writeString(
                A.state().resolveSibling("etc").resolve("clouds.yaml"),
                Files.readString(far).stripTrailing() + "\n    tresccad: {projects: [demo]}\n");
        JsonNode seen = tresccac("--cloud", "hostA", "destinations", "--json")
                .succeeded()
                .json();
        assertThat(seen.at("/0/name").asText()).isEqualTo("hostB");
        assertThat(seen.at("/0/reachable").asBoolean()).isTrue();

        Outcome moved = tresccac("migrate", "traveller", "--source", "hostA", "--dest", "hostB", "--json")
                .succeeded();

        assertThat(moved.err()).contains("MiB");
        isAt(B, "traveller", far);
    }

    /** The source is asked through SSH; its daemon goes directly. */
    private static void moveBack(Path far) {
        Outcome moved =
                with(far, "bin/tresccac", "migrate", "traveller", "--source", "hostB", "--dest", "hostA", "--json");
        moved.succeeded();
        isAt(A, "traveller", WORLD.clouds());
    }

    private static void isAt(Host host, String name, Path clouds) {
        JsonNode there = with(clouds, "bin/tresccac", "--cloud", host.name(), "show", name, "--json")
                .succeeded()
                .json();
        guest.isAt(host, there.path("id").asText());
        guest.awaitTicks(2);
    }

    private static void awaitReady(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.contains("is ready")) {
            line = lines.readLine();
        }
        assertThat(line).as("the daemon starts").isNotNull();
        assertThat(line.toLowerCase(Locale.ROOT)).contains("http://127.0.0.1:8774");
        // What it prints later must not fill the pipe.
        Thread drain = new Thread(() -> lines.lines().forEach(ignored -> {}), "log of hostB");
        drain.setDaemon(true);
        drain.start();
    }

    private static Outcome makeConfig(Path clouds, String name, String... more) {
        List<String> command = new ArrayList<>(
                List.of("sh", "-c", "printf 'demo-password\\n' | bin/tresccac \"$@\"", "sh", "make_config", name));
        command.addAll(List.of("--username", "demo", "--project", "demo", "--password-stdin"));
        command.addAll(List.of("--file", clouds.toString()));
        command.addAll(Arrays.asList(more));
        return WORLD.inInternet(command.toArray(String[]::new));
    }

    private static Outcome with(Path clouds, String... command) {
        List<String> all = new ArrayList<>(List.of("env", "OS_CLIENT_CONFIG_FILE=" + clouds));
        all.addAll(Arrays.asList(command));
        return WORLD.inInternet(all.toArray(String[]::new));
    }

    private static Outcome tresccac(String... arguments) {
        return WORLD.tresccac(arguments);
    }
}
