package org.tresccad.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.cli.TestingShell.Ran;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingPlugin;
import org.tresccad.client.http.Json;

/** {@code tresccac migrate} from one OpenStack to another, as a person types it. */
class BetweenCloudsTest {
    @TempDir
    Path directory;

    private TestingCloud here;
    private TestingCloud there;
    private TestingPlugin source;
    private TestingPlugin target;
    private TestingShell shell;

    @BeforeEach
    void start() throws IOException {
        here = new TestingCloud();
        there = new TestingCloud();
        there.compute.idPrefix = "there-";
        source = new TestingPlugin(here);
        target = new TestingPlugin(there);
        for (TestingCloud cloud : List.of(here, there)) {
            cloud.compute.flavors.add(Map.of("id", "1", "name", "m1.tiny", "vcpus", 1, "ram", 128, "disk", 1));
        }
        String base = here.images.add("base", "base".getBytes(UTF_8), Map.of());
        here.compute.set(here.compute.addServer("web", "ACTIVE"), "image", Map.of("id", base));
        shell = new TestingShell(directory);
        shell.addCloud("here", here);
        shell.addCloud("there", there);
    }

    @AfterEach
    void stop() {
        here.close();
        there.close();
    }

    @Test
    void aMoveEndsWithATable() {
        Ran ran = migrate("web");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("| web ", "| there ", "| there-1 ", "| package ");
        assertThat(ran.err())
                .contains("saving at here", "copying the package", "restoring at there")
                .contains("tresccac migrate --package ");
        assertThat(here.compute.servers).isEmpty();
    }

    @Test
    void aPackageThatWasLeftIsMovedAndPrintedAsJson() throws IOException {
        Ran saved = shell.run("--cloud", "here", "save", "web", "--json");
        String image = Json.MAPPER.readTree(saved.out()).path("id").asText();
        Ran ran = migrate("--package", image, "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        JsonNode outcome = Json.MAPPER.readTree(ran.out());
        assertThat(outcome.path("new_server_id").asText()).isEqualTo("there-1");
        assertThat(outcome.path("name").asText()).isEqualTo("web");
        assertThat(outcome.path("destination").asText()).isEqualTo("there");
        assertThat(outcome.path("moved_bytes").asLong()).isPositive();
    }

    @Test
    void interruptedItIsBroughtBackAndExitsWith130() {
        source.onSave = shell.cancellation::cancel;
        Ran ran = migrate("web");
        assertThat(ran.code()).isEqualTo(ExitCode.INTERRUPTED.number());
        assertThat(ran.err()).contains("is back and runs at here", "tresccac migrate --package ");
        assertThat(here.compute.servers).hasSize(1);
        assertThat(there.compute.servers).isEmpty();
    }

    @Test
    void whatFailsThereIsSaidAndExitsWithOne() {
        target.spawning = TestingPlugin.Spawning.FAILS;
        Ran ran = migrate("web");
        assertThat(ran.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(ran.err()).contains("No valid host was found.", "is back and runs at here");
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeTheFreeze() {
        there.compute.flavors.clear();
        Ran ran = migrate("web");
        assertThat(ran.code()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(ran.err()).contains("no flavor there");
        assertThat(here.compute.servers).hasSize(1);
    }

    @Test
    void whatMeansNothingHereIsMisuse() {
        assertMisuse("--no-wait", "web", "--no-wait");
        assertMisuse("mode package or cold", "web", "--mode", "warm");
        assertMisuse("--bandwidth", "web", "--bandwidth", "1M");
        assertMisuse("--interruption", "web", "--interruption", "1.5s");
        assertMisuse("--interruption", "web", "--mode", "cold", "--interruption", "1.5s");
        assertMisuse("not a time", "web", "--interruption", "soon");
        assertMisuse("without INSTANCE", "web", "--package", "p");
        assertMisuse("--resume", "--package", "p", "--resume", "m");
        assertMisuse("mode cold", "--package", "p", "--keep-source");
        assertMisuse("--no-wait", "--package", "p", "--no-wait");
        assertMisuse("package or cold", "--package", "p", "--mode", "cold");
        Ran nowhere = shell.run("migrate", "--package", "p", "--source", "here");
        assertThat(nowhere.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(nowhere.err()).contains("--dest");
        assertThat(here.asked("POST", "/compute/v2.1/servers/")).isEmpty();
    }

    private void assertMisuse(String words, String... more) {
        Ran ran = migrate(more);
        assertThat(ran.code()).as(words).isEqualTo(ExitCode.USAGE.number());
        assertThat(ran.err()).contains(words);
    }

    private Ran migrate(String... more) {
        return shell.run(Stream.concat(Stream.of("migrate", "--source", "here", "--dest", "there"), Stream.of(more))
                .toArray(String[]::new));
    }
}
