package org.tresccad.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.cli.TestingShell.Ran;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.http.Json;

class CommandsTest {
    @TempDir
    Path directory;

    private TestingCloud here;
    private TestingCloud there;
    private TestingShell shell;

    @BeforeEach
    void start() throws IOException {
        here = new TestingCloud();
        there = new TestingCloud();
        shell = new TestingShell(directory);
        shell.addCloud("here", here);
        shell.addCloud("there", there);
        shell.variables.put("OS_CLOUD", "here");
    }

    @AfterEach
    void stop() {
        here.close();
        there.close();
    }

    @Test
    void listPrintsATable() {
        here.compute.addServer("tick", "ACTIVE");
        Ran ran = shell.run("list");
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out()).isEqualTo("""
                        +-------+----------+------+--------+------+-----------+
                        | Cloud | ID       | Name | Status | Task | Addresses |
                        +-------+----------+------+--------+------+-----------+
                        | here  | server-1 | tick | ACTIVE |      | 10.0.0.5  |
                        +-------+----------+------+--------+------+-----------+
                        """);
    }

    @Test
    void listPrintsJsonAndGoesThroughAllCloudsThatAnswer() throws IOException {
        here.compute.addServer("tick", "ACTIVE");
        there.compute.addServer("tock", "SHUTOFF");
        assertThat(Json.MAPPER.readTree(
                        shell.run("list", "--all-clouds", "--json").out()))
                .extracting(view -> view.path("name").asText())
                .containsExactlyInAnyOrder("tick", "tock");

        there.close();
        Ran ran = shell.run("list", "--all-clouds", "--json");
        assertThat(ran.code()).isZero();
        assertThat(ran.err()).contains("Cloud there");
        assertThat(Json.MAPPER.readTree(ran.out())).hasSize(1);
    }

    @Test
    void hostileNamesCannotTakeOverTheTerminal() {
        here.compute.addServer("a\u001b[2Jb", "ACTIVE");
        assertThat(shell.run("list").out()).contains("a\uFFFD[2Jb");
    }

    @Test
    void exitCodesTellWhatWentWrong() throws IOException {
        assertThat(shell.run("show", "nothing").code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(shell.run("--cloud", "nowhere", "list").code()).isEqualTo(ExitCode.CONFIG.number());
        assertThat(shell.run("list", "--sideways").code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(shell.run().code()).isEqualTo(ExitCode.USAGE.number());
        String id = here.compute.addServer("tick", "ACTIVE");
        here.script("POST /compute/v2.1/servers/" + id + "/save", Answer.fault(409, "conflictingRequest", "Busy."));
        assertThat(shell.run("save", "tick").code()).isEqualTo(ExitCode.REFUSED.number());
        here.script("POST /compute/v2.1/servers/" + id + "/save", Answer.fault(500, "computeFault", "Oops."));
        assertThat(shell.run("save", "tick").code()).isEqualTo(ExitCode.FAILED.number());
        there.close();
        assertThat(shell.run("-c", "there", "list").code()).isEqualTo(ExitCode.UNREACHABLE.number());
        assertThat(shell.run("--help").out()).contains("7     gave up waiting").contains("130   interrupted");
    }

    @Test
    void checkSaysYesAndThatTheBaseImageIsSent() {
        String id = here.compute.addServer("tick", "ACTIVE");
        Ran ran = shell.run("check", "tick", "--to", "edge");
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("Instance tick can run at edge.").contains("base image");
        assertThat(here.asked("POST", "/tresccad/v1/instances/" + id + "/check")
                        .get(0)
                        .json()
                        .path("destination")
                        .asText())
                .isEqualTo("edge");
    }

    @Test
    void checkSaysNoWithEveryReasonAndAnExitCodeOfItsOwn() throws IOException {
        here.compute.addServer("tick", "ACTIVE");
        here.compute.reasons.put("cpu", "CPU model EPYC cannot run on this host.");
        here.compute.reasons.put("room", "There is no room.");
        Ran ran = shell.run("check", "tick", "--to", "edge", "--json");
        assertThat(ran.code()).isEqualTo(ExitCode.CANNOT_RUN.number());
        assertThat(ran.err()).contains("cannot run at edge: 2 reasons");
        JsonNode answer = Json.MAPPER.readTree(ran.out());
        assertThat(answer.path("possible").asBoolean()).isFalse();
        assertThat(answer.path("reasons"))
                .extracting(reason -> reason.path("subject").asText())
                .containsExactly("cpu", "room");
        assertThat(shell.run("check", "tick", "--to", "edge").out()).contains("There is no room.");
    }

    @Test
    void checkShowsThePackagesManifestToItsDestination() {
        String image = addPackage("frozen", "{\"tresccad\": 1}");
        Ran ran = shell.run("check", "frozen", "--to", "there");
        assertThat(ran.err()).doesNotContain("cannot");
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("Package frozen can run at there.");
        assertThat(there.asked("POST", "/tresccad/v1/checks").get(0).body()).isEqualTo("{\"tresccad\":1}");

        there.compute.reasons.put("base_image", "The base image is not there.");
        assertThat(shell.run("check", image, "--to", "there").code()).isEqualTo(ExitCode.CANNOT_RUN.number());
    }

    @Test
    void checkOfWhatIsNoPackageFindsNothing() {
        here.images.add("disk", "no archive at all".getBytes(UTF_8), Map.of());
        assertThat(shell.run("check", "disk", "--to", "there").code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(shell.run("check", "nothing", "--to", "there").code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(there.asked("POST", "/tresccad/v1/checks")).isEmpty();
    }

    private String addPackage(String name, String manifest) {
        byte[] data = new byte[2048];
        System.arraycopy("manifest.json".getBytes(UTF_8), 0, data, 0, 13);
        byte[] json = manifest.getBytes(UTF_8);
        System.arraycopy(String.format("%011o", json.length).getBytes(UTF_8), 0, data, 124, 11);
        System.arraycopy(json, 0, data, 512, json.length);
        return here.images.add(name, data, Map.of());
    }

    @Test
    void aMisuseIsAnsweredBrieflyWithASuggestion() {
        Ran ran = shell.run("migrat", "web");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("migrate");
        assertThat(ran.err().lines()).hasSizeLessThan(8);
    }

    @Test
    void everyCommandHasHelpWithExamples() {
        for (String command : List.of(
                "list",
                "show",
                "spawn",
                "delete",
                "console",
                "check",
                "migrate",
                "destinations",
                "migrations",
                "save",
                "restore",
                "reclaim",
                "push",
                "pull",
                "make_config")) {
            Ran ran = shell.run(command, "--help");
            assertThat(ran.code()).as(command).isZero();
            assertThat(ran.out()).as(command).contains("Examples:").contains("--cloud");
        }
    }

    @Test
    void consoleShowsTheLogWithoutControlCharacters() {
        here.compute.addServer("tick", "ACTIVE");
        here.compute.console = "tick 1\n\u001b[31mtick 2\n";
        assertThat(shell.run("console", "tick", "--lines", "2").out()).isEqualTo("tick 1\n\uFFFD[31mtick 2\n");
        assertThat(here.asked("POST", "/compute/v2.1/servers/server-1/action")
                        .get(0)
                        .body())
                .contains("\"length\":2");
    }

    @Test
    void deleteGoesByName() {
        here.compute.addServer("tick", "ACTIVE");
        assertThat(shell.run("delete", "tick", "--wait").out()).isEqualTo("Deleted server-1\n");
        assertThat(here.compute.servers).isEmpty();
    }

    @Test
    void pushGuessesTheFormatAndCarriesProperties() throws IOException {
        byte[] qcow2 = new byte[64];
        System.arraycopy(new byte[] {'Q', 'F', 'I', (byte) 0xfb}, 0, qcow2, 0, 4);
        Path file = shell.file("debian.qcow2", qcow2);
        Ran ran = shell.run("push", file.toString(), "--property", "os_distro=debian", "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(here.images.records.values()).singleElement().satisfies(image -> assertThat(image)
                .containsEntry("name", "debian")
                .containsEntry("disk_format", "qcow2")
                .containsEntry("os_distro", "debian")
                .containsEntry("status", "active"));
    }

    @Test
    void aFailedPushLeavesNoImageBehind() throws IOException {
        Path file = shell.file("x.raw", new byte[10]);
        here.images.rejectData = Optional.of("No space left.");
        Ran ran = shell.run("push", file.toString());
        assertThat(ran.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(ran.err()).contains("No space left.");
        assertThat(here.images.records).isEmpty();
    }

    @Test
    void pullStreamsWithFormatsAndPropertiesWhenTheDestinationCannotImport() {
        here.images.add(
                "base",
                "hello".getBytes(UTF_8),
                Map.of("disk_format", "qcow2", "os_distro", "debian", "tags", List.of("gold")));
        Ran ran = shell.run("pull", "base", "--source", "here", "--dest", "there");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(there.images.data.values()).singleElement().isEqualTo("hello".getBytes(UTF_8));
        assertThat(there.images.records.values()).singleElement().satisfies(image -> assertThat(image)
                .containsEntry("disk_format", "qcow2")
                .containsEntry("os_distro", "debian")
                .containsEntry("tags", List.of("gold")));
    }

    @Test
    void pullLetsTheDestinationFetchByItself() {
        String id = here.images.add("base", "hello".getBytes(UTF_8), Map.of());
        there.images.importMethods = List.of("glance-download");
        there.images.importer = (region, image) ->
                region.equals("here") && image.equals(id) ? Optional.of("hello".getBytes(UTF_8)) : Optional.empty();
        Ran ran = shell.run("pull", "base", "--source", "here", "--dest", "there");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(there.asked("PUT", "/image")).isEmpty();
        assertThat(there.images.records.values()).singleElement().satisfies(image -> assertThat(image)
                .containsEntry("status", "active"));
    }

    @Test
    void pullStreamsWhenTheImportIsRefusedAndLeavesOneImage() {
        here.images.add("base", "hello".getBytes(UTF_8), Map.of());
        there.images.importMethods = List.of("glance-download");
        Ran ran = shell.run("pull", "base", "--source", "here", "--dest", "there");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.err()).contains("cannot fetch it from here itself");
        assertThat(there.images.records).hasSize(1);
        assertThat(there.images.completed).hasValue(1);
    }

    @Test
    void pullNeverKeepsADamagedCopy() {
        String id = here.images.add("base", "hello".getBytes(UTF_8), Map.of());
        here.images.data.put(id, "hellO".getBytes(UTF_8));
        Ran ran = shell.run("pull", "base", "--source", "here", "--dest", "there");
        assertThat(ran.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(ran.err()).contains("content differs");
        assertThat(there.images.records).isEmpty();
        assertThat(there.images.completed).hasValue(0);
    }

    @Test
    void spawnUploadsOnlyWhatIsNotThereAndMakesTheFlavor() throws IOException {
        Path disk = shell.file("root.img", "disk".getBytes(UTF_8));
        Path kernel = shell.file("vmlinuz", "kernel".getBytes(UTF_8));
        Path key = shell.file("id.pub", "ssh-ed25519 AAAA me@here".getBytes(UTF_8));
        String[] line = {
            "spawn",
            disk.toString(),
            "--kernel",
            kernel.toString(),
            "--append",
            "console=ttyS0",
            "--ram",
            "128",
            "--key",
            key.toString(),
            "--property",
            "role=tick",
            "--wait",
            "--name",
            "tick"
        };
        Ran first = shell.run(line);
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(here.images.records).hasSize(2);
        Ran second = shell.run(line);
        assertThat(second.code()).as(second.err()).isZero();

        assertThat(here.images.records).hasSize(2);
        assertThat(here.compute.flavors).singleElement().satisfies(flavor -> assertThat(flavor)
                .containsEntry("ram", 128L)
                .containsEntry("disk", 1L));
        assertThat(here.compute.keypairs).hasSize(1);
        Map<String, Object> root = here.images.records.values().stream()
                .filter(image -> "root".equals(image.get("name")))
                .findFirst()
                .orElseThrow();
        assertThat(root).containsEntry("os_command_line", "console=ttyS0").containsKey("kernel_id");
        assertThat(here.asked("POST", "/compute/v2.1/servers")
                        .get(0)
                        .json()
                        .at("/server/metadata/role")
                        .asText())
                .isEqualTo("tick");
    }

    @Test
    void migrateWatchesToTheEndAndReports() {
        here.compute.addServer("tick", "ACTIVE");
        here.compute.destinations.add(Map.of("name", "edge", "reachable", true, "allowed", true));
        here.compute.moveSteps.add(Map.of("id", "m1", "state", "FROZEN", "bytes_done", 1, "bytes_total", 2048));
        here.compute.moveSteps.add(Map.of(
                "id",
                "m1",
                "state",
                "DONE",
                "bytes_done",
                2048,
                "mode",
                "package",
                "destination",
                "edge",
                "interruption_seconds",
                1.25,
                "total_seconds",
                75.0,
                "new_server_id",
                "n1"));
        Ran ran = shell.run("migrate", "tick", "--dest", "edge");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).isEqualTo("""
                        +----------+--------+--------+---------+--------------+----------+---------+
                        | Instance | Now at | New ID | Mode    | Interruption | Total    | Moved   |
                        +----------+--------+--------+---------+--------------+----------+---------+
                        | tick     | edge   | n1     | package | 1.25 s       | 1:15 min | 2.0 KiB |
                        +----------+--------+--------+---------+--------------+----------+---------+
                        """);
    }

    @Test
    void migrateNamesTheDestinationsWhenItIsGivenAnUnknownOne() {
        here.compute.addServer("tick", "ACTIVE");
        here.compute.destinations.add(Map.of("name", "edge", "reachable", true, "allowed", true));
        Ran ran = shell.run("migrate", "tick", "--dest", "moon");
        assertThat(ran.code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(ran.err()).contains("[edge]");
        assertThat(here.asked("POST", "/compute/v2.1/servers/server-1/action")).isEmpty();
    }

    @Test
    void aMoveThatWasWithdrawnFailsAndSaysThatTheGuestRunsOn() {
        here.compute.addServer("tick", "ACTIVE");
        here.compute.destinations.add(Map.of("name", "edge", "reachable", true, "allowed", true));
        here.compute.moveSteps.add(Map.of("id", "m1", "state", "WITHDRAWN", "error", "No memory at edge."));
        Ran ran = shell.run("migrate", "tick", "--dest", "edge");
        assertThat(ran.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(ran.err()).contains("No memory at edge.").contains("runs on");
    }

    @Test
    void watchingAMoveEndsInTimeOrByInterruptWhileTheMoveGoesOn() {
        here.compute.addServer("tick", "ACTIVE");
        here.compute.destinations.add(Map.of("name", "edge", "reachable", true, "allowed", true));
        here.compute.moveSteps.add(Map.of("id", "m1", "state", "FROZEN"));
        Ran late = shell.run("migrate", "tick", "--dest", "edge", "--timeout", "1s");
        assertThat(late.code()).isEqualTo(ExitCode.TIMEOUT.number());
        assertThat(late.err()).contains("goes on");
        shell.cancellation.cancel();
        here.compute.forgetMove();
        assertThat(shell.run("migrate", "tick", "--dest", "edge").code()).isEqualTo(ExitCode.INTERRUPTED.number());
        assertThat(here.asked("DELETE", "/tresccad")).isEmpty();
    }

    @Test
    void aMoveThatSomebodyElseAskedForCanBeWatched() {
        here.compute.addServer("tick", "ACTIVE");
        here.compute.destinations.add(Map.of("name", "edge", "reachable", true, "allowed", true));
        here.compute.moveSteps.add(Map.of("id", "m1", "state", "FROZEN", "destination", "edge"));
        here.compute.moveSteps.add(Map.of("id", "m1", "state", "CLAIMED", "bytes_done", 2048));
        here.compute.moveSteps.add(Map.of("id", "m1", "state", "DONE", "bytes_done", 2048, "destination", "edge"));
        assertThat(shell.run("migrate", "tick", "--dest", "edge", "--no-wait").code())
                .isZero();
        Ran ran = shell.run("migrations", "--watch", "m1");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.err().lines()).anyMatch(line -> line.endsWith("-> edge: CLAIMED, 2.0 KiB"));
        assertThat(ran.out()).contains("| edge ");
    }

    @Test
    void migrationsShowsMovesAndOnAPlainOpenStackItsOwn() {
        here.compute.addServer("tick", "ACTIVE");
        here.compute.moveSteps.add(Map.of("id", "m1", "state", "DONE", "name", "tick"));
        shell.run("migrate", "tick", "--dest", "edge");
        assertThat(shell.run("migrations").code()).isZero();
        here.script("GET /tresccad/v1/moves", Answer.fault(404, "itemNotFound", "no"));
        assertThat(shell.run("migrations").out()).contains("done");
        assertThat(shell.run("migrations", "--cancel", "m1").out()).contains("m1");
        assertThat(here.asked("DELETE", "/tresccad/v1/moves/m1")).hasSize(1);
    }

    @Test
    void saveAndRestoreWaitForTheEnd() {
        here.compute.addServer("tick", "ACTIVE");
        String image = here.images.add("package", "frozen".getBytes(UTF_8), Map.of());
        here.script("POST /compute/v2.1/servers/server-1/save", Answer.json(202, Map.of("image_id", image)));
        assertThat(shell.run("save", "tick").out()).isEqualTo("Saved tick as image " + image + ", 6 B\n");
        Ran restored = shell.run("restore", "package", "--name", "tock");
        assertThat(restored.out()).isEqualTo("Instance tock (server-2) runs at here\n");
        assertThat(here.asked("POST", "/compute/v2.1/servers/restore").get(0).body())
                .doesNotContain("clone");
        assertThat(shell.run("restore", "package", "--clone", "--name", "copy").code())
                .isZero();
        assertThat(here.asked("POST", "/compute/v2.1/servers/restore").get(1).body())
                .contains("\"clone\":true");
    }

    /** An OpenStack does, from another of its regions. */
    @Test
    void restoreAsksAgainWhileTheCloudFetchesTheBaseImage() {
        here.images.add("package", "frozen".getBytes(UTF_8), Map.of());
        String id = here.compute.addServer("tick", "ACTIVE");
        String path = "/compute/v2.1/servers/restore";
        Answer coming = Answer.fault(409, "conflictingRequest", "its base image comes");
        here.script("POST " + path, coming.with("Retry-After", "2"));
        Ran late = shell.run("restore", "package", "--timeout", "1s");
        assertThat(late.code()).isEqualTo(ExitCode.TIMEOUT.number());
        assertThat(late.err()).contains("its base image comes");
        assertThat(here.asked("POST", path)).hasSize(1);
        assertThat(shell.run("restore", "package", "--no-wait").code()).isEqualTo(ExitCode.REFUSED.number());

        here.script("POST " + path, coming.with("Retry-After", "1"));
        here.faults = (method, asked) -> {
            if (here.asked("POST", path).size() == 4) {
                here.script("POST " + path, Answer.json(202, Map.of("server", Map.of("id", id))));
            }
            return TestingCloud.Fault.NONE;
        };
        Ran restored = shell.run("restore", "package");
        assertThat(restored.out()).isEqualTo("Instance tick (" + id + ") runs at here\n");
        assertThat(restored.err()).isEqualTo("its base image comes\n");
    }

    @Test
    void reclaimWantsTheInstancesName() {
        String id = here.compute.addServer("lost", "ACTIVE");
        here.script("POST /tresccad/v1/instances/" + id + "/reclaim", Answer.json(200, Map.of("epoch", 1_835_021)));
        Ran unsure = shell.run("reclaim", "lost");
        assertThat(unsure.code()).isEqualTo(3);
        assertThat(unsure.err()).contains("--yes-i-am-sure");
        assertThat(here.asked("POST", "/tresccad/v1/instances/" + id + "/reclaim"))
                .isEmpty();

        Ran sure = shell.run("reclaim", "lost", "--yes-i-am-sure", "lost");
        assertThat(sure.out()).isEqualTo("Instance lost (" + id + ") is reclaimed and runs at here\n");
        assertThat(here.asked("POST", "/tresccad/v1/instances/" + id + "/reclaim")
                        .get(0)
                        .body())
                .contains("\"name\":\"lost\"");
    }

    @Test
    void aPackageIsReclaimedByRestoringIt() {
        here.images.add("package", "frozen".getBytes(UTF_8), Map.of());
        assertThat(shell.run("reclaim", "package", "--yes-i-am-sure", "tick").code())
                .isZero();
        assertThat(here.asked("POST", "/compute/v2.1/servers/restore").get(0).body())
                .contains("\"reclaim\":\"tick\"");
    }

    @Test
    void completionCanBeGenerated() {
        assertThat(shell.run("generate-completion").out())
                .contains("complete -F")
                .contains("make_config");
    }
}
