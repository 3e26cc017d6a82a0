package org.tresccad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.cli.TestingShell.Ran;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingNetwork;
import org.tresccad.client.http.Json;

/** {@code tresccac migrate --mode cold} as a person types it. */
class ColdMigrationTest {
    @TempDir
    Path directory;

    private TestingCloud here;
    private TestingCloud there;
    private TestingShell shell;
    private String server;

    @BeforeEach
    void start() throws IOException {
        here = openStack();
        there = openStack();
        shell = new TestingShell(directory);
        shell.addCloud("here", here);
        shell.addCloud("there", there);
        shell.variables.put("OS_CLOUD", "here");
        server = here.compute.addServer("web", "ACTIVE");
        here.compute.plug(server, "net", "fa:16:3e:12:34:56", "192.0.2.7");
    }

    @AfterEach
    void stop() {
        here.close();
        there.close();
    }

    @Test
    void aDryRunTellsTheStepsAndChangesNothing() throws IOException {
        Ran ran = cold("--dry-run", "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        JsonNode plan = Json.MAPPER.readTree(ran.out());
        assertThat(plan.path("possible").asBoolean()).isTrue();
        assertThat(plan.path("steps"))
                .extracting(JsonNode::asText)
                .anyMatch(step -> step.contains("192.0.2.7"))
                .last()
                .asString()
                .contains("delete the source");
        assertThat(here.compute.servers.get(server)).containsEntry("status", "ACTIVE");
        assertThat(there.compute.servers).isEmpty();
        assertThat(state()).isEmpty();
    }

    @Test
    void everyReasonAgainstItIsPrintedAndTheExitCodeSaysNo() {
        here.compute.set(server, "locked", true);
        there.compute.flavors.clear();
        Ran ran = cold();
        assertThat(ran.code()).isEqualTo(ExitCode.CANNOT_RUN.number());
        assertThat(ran.out()).contains("Against it: state: It is locked").contains("Against it: flavor: No flavor");
        assertThat(here.compute.servers.get(server)).containsEntry("status", "ACTIVE");
    }

    @Test
    void aMoveEndsWithATableAndNoJournal() {
        Ran ran = cold("--yes");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("| web ", "| there ", "| cold ");
        assertThat(ran.err()).contains("stopping at here", "copying the disk", "deleting at here");
        assertThat(here.compute.servers).isEmpty();
        assertThat(there.compute.servers).hasSize(1);
        assertThat(state()).isEmpty();
    }

    @Test
    void anInterruptedMoveIsTakenBackAndExitsWith130() {
        shell.cancellation.cancel();
        Ran ran = cold();
        assertThat(ran.code()).isEqualTo(ExitCode.INTERRUPTED.number());
        assertThat(here.compute.servers.get(server))
                .containsEntry("status", "ACTIVE")
                .containsEntry("locked", false);
        assertThat(there.compute.servers).isEmpty();
        assertThat(there.images.records).isEmpty();
        assertThat(state()).isEmpty();
    }

    @Test
    void aMoveThatCouldNotBeFinishedIsResumedByItsId() throws IOException {
        there.compute.onCreate = () -> here.compute.set(server, "status", "ACTIVE");
        Ran first = cold("--json");
        assertThat(first.code()).isEqualTo(ExitCode.REFUSED.number());
        String move = state().get(0).replace(".json", "");
        assertThat(cold().code()).as("it is under way").isEqualTo(ExitCode.CANNOT_RUN.number());
        here.compute.set(server, "status", "SHUTOFF");

        Ran resumed = shell.run("migrate", "--resume", move);

        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(here.compute.servers).isEmpty();
        assertThat(there.compute.servers).hasSize(1);
        assertThat(state()).isEmpty();
        assertThat(shell.run("migrate", "--resume", move).code()).isEqualTo(ExitCode.CONFIG.number());
    }

    @Test
    void theRegionIsThatOfTheDestination() {
        there.region = "east";
        Ran west = cold("--region", "west");
        assertThat(west.code()).isNotZero();
        assertThat(west.err()).contains("compute/public/east").doesNotContain("stopping");
        assertThat(cold("--region", "east").code()).isZero();
    }

    @Test
    void optionsOfModeColdAreRefusedElsewhere() {
        Ran ran = shell.run("migrate", "web", "--dest", "there", "--dry-run");
        assertThat(ran.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(ran.err()).contains("--mode cold");
        assertThat(cold("--no-wait").code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(cold("--take-back").code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(shell.run("migrate", "web").code()).isEqualTo(ExitCode.USAGE.number());
    }

    private Ran cold(String... more) {
        return shell.run(Stream.concat(
                        Stream.of("migrate", "web", "--source", "here", "--dest", "there", "--mode", "cold"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private List<String> state() {
        Path moves = shell.home.resolve(".local/state/tresccac/cold");
        if (!Files.isDirectory(moves)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(moves)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".json"))
                    .toList();
        } catch (IOException broken) {
            throw new AssertionError(broken);
        }
    }

    private static TestingCloud openStack() throws IOException {
        TestingCloud cloud = new TestingCloud();
        TestingNetwork network = new TestingNetwork();
        network.addNetwork("net", "192.0.2.0/24");
        cloud.network = Optional.of(network);
        cloud.compute.network = cloud.network;
        cloud.compute.flavors.add(Map.of("id", "1", "name", "m1.tiny", "vcpus", 1, "ram", 128, "disk", 1));
        return cloud;
    }
}
