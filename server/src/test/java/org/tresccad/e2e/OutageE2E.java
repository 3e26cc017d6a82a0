package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Full disks, hosts that do not answer, libvirt away: each ends in bounded time with an answer that says so, the guest
 * runs on where it is, and nothing half-made is left.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class OutageE2E {
    /** The small one comes first: a disk of its own is seen by the hosts that are made after it. */
    @RegisterExtension
    private static final World WORLD = World.of("small", "hostA").withDiskLimit("small", "320M");

    private static final Host SMALL = WORLD.host("small");
    private static final Host A = WORLD.host("hostA");
    private static final String SERVERS = "/compute/v2.1/servers";
    private static final String IMAGES = "/image/v2/images";
    private static final long MIB = 1 << 20;
    /** Long enough for a busy machine, too short for a time-out of minutes. */
    private static final Duration BOUND = Duration.ofSeconds(45);

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static SmallDisk disk;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest guest;

    @BeforeAll
    static void prepare() {
        disk = SmallDisk.of(WORLD, SMALL);
        guest = WORLD.spawn(A, "steady");
    }

    @AfterAll
    static void itCountedEverything() {
        guest.countedEverything();
        guest.neverTwo();
    }

    @Test
    @Order(1)
    void anUploadThatDoesNotFitIsRefusedAndLeavesNothing() throws IOException {
        disk.leave(40 * MIB);
        byte[] data = new byte[(int) (80 * MIB)];
        new Random(1).nextBytes(data);
        Path file = Files.write(directory.resolve("large"), data);
        Inventory before = SMALL.restingInventory();

        Api.Uploaded uploaded = SMALL.api().upload("large", "raw", file);
        assertThat(uploaded.answer().text()).contains("no room");
        assertThat(uploaded.answer().status()).isEqualTo(507);
        SMALL.api().ask("DELETE", IMAGES + "/" + uploaded.id()).body(204);
        Outcome pushed = WORLD.tresccac("--cloud", "small", "push", file.toString());

        assertThat(pushed.endedWith(1).err()).contains("no room");
        assertThat(SMALL.api().get(IMAGES).path("images")).isEmpty();
        await("what was written to be removed")
                .untilAsserted(() -> assertThat(SMALL.inventory()).isEqualTo(before));
        Files.delete(file);
    }

    @Test
    @Order(2)
    void aGuestThatDoesNotFitIsNotEvenFrozen() {
        disk.leave(100 * MIB);

        Outcome refused = WORLD.tresccac("migrate", "steady", "--source", "hostA", "--dest", "small");

        assertThat(refused.endedWith(1).err()).contains("Not enough disk");
        assertThat(moveStates()).isEqualTo("FAILED");
        staysWhole();
    }

    @Test
    @Order(3)
    void aDiskThatFillsUpDuringTheArrivalGivesTheGuestBack() {
        disk.leave(300 * MIB);
        // It was never there, and so slow that it takes minutes: the disk is full long before all has come.
        SMALL.link("rate", "1mbit");
        String move;
        try {
            move = A.api().move(guest.id(), "small");
            await("some of it to be sent")
                    .until(() -> A.api()
                                    .get("/tresccad/v1/moves/" + move)
                                    .at("/move/bytes_done")
                                    .asLong()
                            > MIB / 4);
            assertThat(A.api().moveState(move)).isEqualTo("FROZEN");
            // Not even the reserve is left: the destination's own database can write nothing more.
            disk.fill();
        } finally {
            SMALL.link("rate", "none");
        }

        await("the end of the move").until(() -> A.api().moveState(move).equals("WITHDRAWN"));
        assertThat(A.api().get("/tresccad/v1/moves/" + move).at("/move/error").asText())
                .containsAnyOf("no room", "space", "full");
        assertThat(moveStates()).isEqualTo("WITHDRAWN");
        staysWhole();
    }

    @Test
    @Order(4)
    void aSaveThatDoesNotFitIsRefusedBeforeTheFreezeOrTakenBack() {
        disk.leave(300 * MIB);
        Guest local = WORLD.spawn(SMALL, "local");

        disk.leave(100 * MIB);
        Outcome refused = WORLD.tresccac("--cloud", "small", "save", "local");
        assertThat(refused.endedWith(1).err()).contains("Not enough disk");
        local.awaitTicks(1);

        Inventory before = SMALL.restingInventory();
        disk.leave(130 * MIB);
        Outcome failed = WORLD.tresccac("--cloud", "small", "save", "local");
        assertThat(failed.endedWith(1).err()).contains("given up");
        local.awaitTicks(1);
        await("the instance to be as it was")
                .until(() -> SMALL.api().status(local.id()).equals("ACTIVE")
                        && SMALL.api().images("local").isEmpty());
        await("what was written to be removed")
                .untilAsserted(() -> assertThat(SMALL.inventory()).isEqualTo(before));
        local.countedEverything();

        disk.leave(300 * MIB);
        WORLD.tresccac("--cloud", "small", "delete", "local", "--wait").succeeded();
    }

    @Test
    @Order(5)
    void withoutLibvirtTheListAnswersActionsSayWhyAndGuestsRunOn() {
        A.libvirtd("stop");

        assertThat(A.api().get(SERVERS + "/detail").at("/servers/0/name").asText())
                .isEqualTo("steady");
        long asked = System.nanoTime();
        assertThat(A.api().act(guest.id(), "{\"pause\":null}").fault(503)).contains("libvirt");
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(BOUND);
        guest.awaitTicks(1);

        A.libvirtd("start");
        await("the action to be settled").until(() -> A.api().task(guest.id()).isEmpty());
        assertThat(A.api().status(guest.id())).isEqualTo("ACTIVE");
        await("libvirt to be found again")
                .until(() -> A.api().act(guest.id(), "{\"pause\":null}").status() == 202);
        assertThat(A.api().status(guest.id())).isEqualTo("PAUSED");
        A.api().act(guest.id(), "{\"unpause\":null}").body(202);
        guest.awaitTicks(1);
    }

    @Test
    @Order(6)
    void aDestinationWithoutLibvirtGivesTheGuestBack() {
        SMALL.libvirtd("stop");

        Outcome refused = WORLD.tresccac("migrate", "steady", "--source", "hostA", "--dest", "small");

        assertThat(refused.endedWith(1).err()).contains("libvirt");
        SMALL.libvirtd("start");
        staysWhole();
    }

    @Test
    @Order(7)
    void aDestinationThatIsNoTresccadIsNamed() throws IOException {
        Path clouds = A.logs().resolveSibling("etc").resolve("clouds.yaml");
        String before = Files.readString(clouds);
        Process web =
                WORLD.start("internet", "/usr/bin/python3", "-m", "http.server", "8000", "--bind", World.OBSERVER);
        try {
            Files.writeString(clouds, before + """
                      web:
                        auth:
                          auth_url: http://%s:8000/identity/v3
                          username: demo
                          password: demo-password
                          project_name: demo
                        tresccad: {projects: [demo]}
                    """.formatted(World.OBSERVER));
            await("the web server")
                    .until(() ->
                            WORLD.inInternet("curl", "-s", "-o", "/dev/null", "http://" + World.OBSERVER + ":8000/")
                                            .code()
                                    == 0);

            String move = A.api().move(guest.id(), "web");

            await("the end of the move").until(() -> A.api().moveState(move).equals("FAILED"));
            assertThat(A.api()
                            .get("/tresccad/v1/moves/" + move)
                            .at("/move/error")
                            .asText())
                    .contains("web");
            guest.awaitTicks(1);
        } finally {
            web.descendants().forEach(ProcessHandle::destroyForcibly);
            web.destroyForcibly();
            Files.writeString(clouds, before);
        }
    }

    @Test
    @Order(8)
    void aDestinationThatCannotBeReachedIsReportedInBoundedTime() {
        SMALL.link("down");
        unreachable();
        SMALL.link("up");

        SMALL.daemon("stop");
        unreachable();
        SMALL.daemon("start");
        staysWhole();
    }

    private static void unreachable() {
        long asked = System.nanoTime();
        String move = A.api().move(guest.id(), "small");
        await("the end of the move").until(() -> A.api().moveState(move).equals("FAILED"));
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(BOUND);
        assertThat(A.api().get("/tresccad/v1/moves/" + move).at("/move/error").asText())
                .contains("small");
        guest.awaitTicks(1);
    }

    /** The guest is where it was, whole; the other host has nothing of it but perhaps its base image. */
    private static void staysWhole() {
        guest.awaitTicks(2);
        await("the instance to be as it was")
                .until(() -> A.api().status(guest.id()).equals("ACTIVE")
                        && A.api().task(guest.id()).isEmpty());
        await("the destination to be swept").untilAsserted(() -> {
            assertThat(SMALL.domains()).isEmpty();
            assertThat(SMALL.query("SELECT id FROM instance")).isEmpty();
            assertThat(SMALL.query("SELECT id FROM port")).isEmpty();
            assertThat(SMALL.state().resolve("instances"))
                    .satisfiesAnyOf(
                            instances -> assertThat(instances).doesNotExist(),
                            instances -> assertThat(instances).isEmptyDirectory());
            assertThat(SMALL.state().resolve("incoming")).isEmptyDirectory();
        });
    }

    private static String moveStates() {
        return A.api().moves(guest.id()).get(0).path("state").asText();
    }
}
