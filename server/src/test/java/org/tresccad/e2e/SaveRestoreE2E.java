package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** One guest is saved, restored, pulled to another host, restored there, and lives on as any other. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class SaveRestoreE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA", "hostB");

    private static final Host A = WORLD.host("hostA");
    private static final Host B = WORLD.host("hostB");
    private static final String SERVERS = "/compute/v2.1/servers";
    private static final String IMAGES = "/image/v2/images/";

    private static final Pattern TICK = Pattern.compile("tick ([0-9]+)\r?\n");

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest counter;

    private static String firstPackage = "";
    private static String secondPackage = "";

    @BeforeAll
    static void spawn() {
        counter = WORLD.spawn(A, "counter");
    }

    @AfterAll
    static void everyNumberWasCountedOnce() {
        counter.countedEverything();
    }

    @Test
    @Order(1)
    void aSavedGuestIsAPackageAndNoInstanceAnyMore() {
        String was = counter.id();

        Outcome saved =
                WORLD.tresccac("--cloud", "hostA", "save", "counter", "--json").succeeded();

        firstPackage = saved.json().path("id").asText();
        JsonNode image = A.api().get(IMAGES + firstPackage);
        assertThat(image.path("status").asText()).isEqualTo("active");
        assertThat(image.path("tresccad_package").asText()).isEqualTo("1");
        assertThat(image.path("tresccad_lineage").asText()).isEqualTo(counter.lineage());
        assertThat(image.path("tresccad_epoch").asText()).isEqualTo("1");
        assertThat(image.path("tresccad_instance").asText()).isEqualTo(was);
        assertThat(image.path("visibility").asText()).isIn("private", "shared");
        assertThat(image.path("size").asLong()).isGreaterThan(1 << 20);
        await("the instance to leave").until(() -> A.api().status(was).equals("GONE"));
        await("its domain to leave").until(() -> A.domains().isEmpty());
        await("its address to be free")
                .until(() -> A.query("SELECT id FROM port").isEmpty());
        await("its files to leave")
                .untilAsserted(() ->
                        assertThat(A.state().resolve("instances").resolve(was)).doesNotExist());
    }

    @Test
    @Order(2)
    void aReaderCannotRestoreAndAnotherProjectDoesNotSeeThePackage() {
        String wish = "{\"image_id\":\"" + firstPackage + "\"}";

        assertThat(WORLD.api(A, "reader", "demo")
                        .ask("POST", SERVERS + "/restore", wish)
                        .status())
                .isEqualTo(403);
        Api other = WORLD.api(A, "other", "other");
        assertThat(other.ask("GET", IMAGES + firstPackage).status()).isEqualTo(404);
        assertThat(other.ask("POST", SERVERS + "/restore", wish).fault(404)).contains(firstPackage);
        assertThat(A.domains()).isEmpty();
    }

    @Test
    @Order(3)
    void thePackageRunsOnTheSameHostAndCountsOn() {
        JsonNode restored = WORLD.tresccac("--cloud", "hostA", "restore", firstPackage, "--json")
                .succeeded()
                .json();

        counter.isAt(A, restored.path("id").asText());
        assertThat(restored.path("name").asText()).isEqualTo("counter");
        counter.awaitTicks(2);
        counter.awaitConsole("agent at hostA epoch 1");
        counter.countedEverything();
        counter.neverTwo();
    }

    @Test
    @Order(4)
    void theSamePackageDoesNotRunASecondTime() {
        Answer again = A.api().ask("POST", SERVERS + "/restore", "{\"image_id\":\"" + firstPackage + "\"}");

        assertThat(again.fault(409)).containsAnyOf("already", "once");
        Outcome shown = WORLD.tresccac("--cloud", "hostA", "restore", firstPackage);
        assertThat(shown.endedWith(5).err()).containsAnyOf("already", "once");
        assertThat(A.domains()).hasSize(1);
        counter.awaitTicks(1);
    }

    @Test
    @Order(5)
    void aPulledPackageRunsOnTheOtherHostUnderAnotherName() {
        String uuidAtA = A.exec("virsh", "-q", "-c", "qemu:///system", "list", "--uuid")
                .succeeded()
                .out()
                .strip();
        String tapAtA = A.query("SELECT tap FROM port").get(0);
        String domainAtA = A.domains().get(0);
        String idAtA = counter.id();
        secondPackage = WORLD.tresccac("--cloud", "hostA", "save", "counter", "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();

        String copy = WORLD.tresccac("pull", secondPackage, "--source", "hostA", "--dest", "hostB", "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();
        if (B.api().images("base").isEmpty()) {
            // A package names its base image; a pull brings the package alone.
            WORLD.tresccac("pull", "base", "--source", "hostA", "--dest", "hostB")
                    .succeeded();
        }
        JsonNode restored = WORLD.tresccac("--cloud", "hostB", "restore", copy, "--name", "elsewhere", "--json")
                .succeeded()
                .json();

        counter.isAt(B, restored.path("id").asText());
        assertThat(restored.path("name").asText()).isEqualTo("elsewhere");
        assertThat(counter.id()).isNotEqualTo(idAtA);
        assertThat(B.exec("virsh", "-q", "-c", "qemu:///system", "list", "--uuid")
                        .succeeded()
                        .out()
                        .strip())
                .isNotEmpty()
                .isNotEqualTo(uuidAtA);
        assertThat(B.domains()).hasSize(1).doesNotContain(domainAtA);
        assertThat(B.query("SELECT tap FROM port")).hasSize(1).doesNotContain(tapAtA);
        assertThat(B.exec(
                                "virsh",
                                "-q",
                                "-c",
                                "qemu:///system",
                                "dumpxml",
                                B.domains().get(0))
                        .succeeded()
                        .out())
                .contains(counter.id())
                .doesNotContain(idAtA);
        counter.awaitTicks(2);
        counter.awaitConsole("agent at hostB epoch 2");
        counter.countedEverything();
        counter.neverTwo();
    }

    @Test
    @Order(6)
    void whatRunsElsewhereDoesNotRunAgainAtHome() {
        for (String image : new String[] {firstPackage, secondPackage}) {
            Answer again = A.api().ask("POST", SERVERS + "/restore", "{\"image_id\":\"" + image + "\"}");
            assertThat(again.fault(409)).contains("restored");
        }
        assertThat(A.query("SELECT id FROM instance")).isEmpty();
        await("nothing to run here").until(() -> A.domains().isEmpty());
        counter.neverTwo();
    }

    @Test
    @Order(7)
    void aDeletedPackageIsNotFound() {
        WORLD.tresccac("--cloud", "hostA", "delete", "--image", firstPackage).succeeded();

        assertThat(A.api()
                        .ask("POST", SERVERS + "/restore", "{\"image_id\":\"" + firstPackage + "\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    @Order(8)
    void aRestoredGuestIsSuspendedResumedRebootedStoppedStartedAndDeletedLikeAnyOther() {
        String id = counter.id();
        act("{\"suspend\":null}", "SUSPENDED");
        await("its domain to go").until(() -> B.domains().isEmpty());
        act("{\"resume\":null}", "ACTIVE");
        counter.awaitTicks(2);
        counter.countedEverything();

        long boots = counter.boots();
        act("{\"reboot\":{\"type\":\"SOFT\"}}", "ACTIVE");
        await("a boot").until(() -> counter.boots() == boots + 1);
        counter.awaitTicks(1);

        act("{\"os-stop\":null}", "SHUTOFF");
        long stoppedAt = counter.lastTick();
        act("{\"os-start\":null}", "ACTIVE");
        await("another boot").until(() -> counter.boots() == boots + 2);
        counter.awaitTicks(2);
        assertThat(counter.lastTick()).isGreaterThan(stoppedAt);
        counter.countedEverything();

        B.api().ask("DELETE", SERVERS + "/" + id).body(204);
        await("the instance to go").until(() -> B.api().status(id).equals("GONE"));
        await("its domain to go").until(() -> B.domains().isEmpty());
        await("its files to go")
                .untilAsserted(() ->
                        assertThat(B.state().resolve("instances").resolve(id)).doesNotExist());
        await("its address and its holds to go").untilAsserted(() -> {
            assertThat(B.query("SELECT id FROM port")).isEmpty();
            assertThat(B.query("SELECT holder FROM content_hold")).isEmpty();
        });
    }

    @Test
    @Order(9)
    void aPackageOf2014RunsOnWhereItsLibvirtStoppedIt() {
        LegacyGuest legacy = LegacyGuest.boot(A, directory);
        legacy.awaitConsole("tick 3\r\n");
        String base = A.api().upload("base of 2014", "qcow2", legacy.base()).id();
        String image = WORLD.tresccac(
                        "--cloud",
                        "hostA",
                        "push",
                        legacy.pack().toString(),
                        "--name",
                        "package of 2014",
                        "--property",
                        "tresccad_base_image=" + base,
                        "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();

        String id = WORLD.tresccac("--cloud", "hostA", "restore", image, "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();

        long stoppedAt = numbers(legacy.console()).size();
        try (Tape console = new Tape(A.state().resolve("instances").resolve(id).resolve("console.log"))) {
            await("the guest to count on")
                    .until(() -> numbers(legacy.console() + console.text()).size() > stoppedAt + 3);
            String all = legacy.console() + console.text();
            assertThat(numbers(all))
                    .as("each number once, from the first boot on")
                    .isEqualTo(LongStream.rangeClosed(1, numbers(all).size())
                            .boxed()
                            .toList());
            assertThat(all.split("Run /init as init", -1)).as("one boot").hasSize(2);
        }
        assertThat(A.api().status(id)).isEqualTo("ACTIVE");
        assertThat(A.api()
                        .ask("POST", SERVERS + "/restore", "{\"image_id\":\"" + image + "\"}")
                        .status())
                .isEqualTo(409);
        A.api().ask("DELETE", SERVERS + "/" + id).body(204);
        await("it to be gone").until(() -> A.api().status(id).equals("GONE"));
    }

    private static List<Long> numbers(String console) {
        return TICK.matcher(console)
                .results()
                .map(tick -> Long.parseLong(tick.group(1)))
                .toList();
    }

    private static void act(String action, String status) {
        String id = counter.id();
        B.api().act(id, action).body(202);
        await(action + " to make it " + status)
                .until(() -> Map.entry(B.api().status(id), B.api().task(id)).equals(Map.entry(status, "")));
    }
}
