package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * One guest moves between two hosts in every way there is, and never loses a count. The cases go on from each other: it
 * is the same guest, wherever the last case left it running.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class MovesE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA", "hostB");

    private static final Host A = WORLD.host("hostA");
    private static final Host B = WORLD.host("hostB");

    private static final boolean IS_LONG = "1".equals(System.getenv("TRESCCAD_TEST_LONG"));
    private static final int ROUND_TRIPS = IS_LONG ? 100 : 5;
    private static final Duration LONGEST_STAY = Duration.ofSeconds(IS_LONG ? 5 : 0);
    private static final int CROWD = 10;
    private static final int SLACK = 16;

    /** So slow that the state of a guest that was never there takes minutes. */
    private static final String SLOW = "1mbit";

    /** So slow that even the small base image takes half a minute. */
    private static final String SLOWER = "256kbit";

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest counter;

    @BeforeAll
    static void spawn() {
        counter = WORLD.spawn(A, "counter");
    }

    /** Whatever happened to it: no number lost, none twice, never heard from two places. */
    @AfterAll
    static void everyNumberWasCountedOnce() {
        counter.countedEverything();
        counter.neverTwo();
    }

    @Test
    @Order(1)
    void theGuestMovesItselfAndTheBaseImageGoesAhead() {
        bringTo(A);
        assertThat(B.query("SELECT sha512 FROM content")).isEmpty();
        String base = baseDigest();
        String address = A.api().address(counter.id());

        String move;
        // The base image goes first, and until it is there nothing is frozen.
        B.link("rate", SLOWER);
        try {
            A.api().setMetadata(counter.id(), Map.of("move_to", "hostB"));
            await("the move to begin").until(() -> !A.api().moves(counter.id()).isEmpty());
            move = A.api().moves(counter.id()).get(0).path("id").asText();
            // It has the answer before it is frozen, and hears of the end by asking the same address again.
            counter.awaitConsole("agent migration " + move + " accepted");
            assertThat(A.api().moveState(move)).isEqualTo("REQUESTED");
        } finally {
            B.link("rate", "none");
        }
        JsonNode done = counter.awaitMoved(A, move, B);

        assertThat(counter.consoleBefore()).contains("agent migration " + move + " accepted");
        counter.awaitConsole("agent at hostB epoch 1");
        counter.awaitConsole("agent migration " + move + " completed");
        assertThat(counter.agentSaid())
                .containsSubsequence("agent asks to move to hostB", "agent migration " + move + " accepted");
        assertThat(done.path("interruption_seconds").asDouble()).isPositive();
        assertThat(done.path("bytes_done").asLong()).isGreaterThan(1 << 20);
        assertThat(B.api().address(counter.id())).isEqualTo(address);
        assertThat(echo(B, address)).isEqualTo("hello");
        assertThat(B.query("SELECT sha512 FROM content")).contains(base);
        await("nothing left at the source").until(() -> A.domains().isEmpty());
        assertThat(A.api().status(counter.id())).isEqualTo("GONE");
        counter.awaitTicks(2);
        counter.countedEverything();
        counter.neverTwo();
    }

    @Test
    @Order(2)
    void thePersonAtTheShellSeesProgressAndFigures() {
        bringTo(B);
        String before = counter.id();
        Outcome moved = WORLD.tresccac("migrate", "counter", "--source", "hostB", "--dest", "hostA")
                .succeeded();

        counter.isAt(
                A,
                A.api()
                        .get("/compute/v2.1/servers?name=counter")
                        .at("/servers/0/id")
                        .asText());
        assertThat(moved.out())
                .containsPattern("counter +\\| hostA")
                .containsPattern("[0-9.]+ s +\\| [0-9.]+ s +\\| [0-9.]+ [KM]iB");
        assertThat(moved.err()).contains("counter hostB -> hostA", "iB");
        JsonNode plan = B.api().moves(before).get(0).path("plan");
        assertThat(plan.path("mode").asText()).isIn("package", "warm");
        assertThat(plan.path("why").asText()).contains("predicted");
        assertThat(plan.path("predicted_interruption_seconds").asDouble()).isPositive();
        counter.awaitTicks(2);
        counter.countedEverything();
        counter.neverTwo();
    }

    @Test
    @Order(3)
    void whatWasSyncedBeforeTheFreezeIsOnTheDiskAfterAColdBoot() {
        bringTo(A);
        counter.awaitTicks(1);
        counter.move(B);
        long boots = counter.boots();

        B.api().act(counter.id(), "{\"reboot\":{\"type\":\"HARD\"}}").body(202);

        await("the guest to boot").until(() -> counter.boots() > boots);
        counter.awaitTicks(2);
        assertThat(counter.console().contains("counting in memory")).isFalse();
        counter.countedEverything();
        await("active").until(() -> B.api().status(counter.id()).equals("ACTIVE"));
        counter.awaitConsole("tick ready");
        await("the guest to know its lineage again")
                .until(() -> counter.console().lastIndexOf("agent at hostB")
                        > counter.console().lastIndexOf("Run /init"));
    }

    @Test
    @Order(4)
    void anAddressThatIsTakenAtTheTargetIsReplacedAndTheGuestLearnsIt() {
        bringTo(B);
        String old = B.api().address(counter.id());
        Guest neighbour = WORLD.spawn(A, "neighbour");
        assertThat(A.api().address(neighbour.id()))
                .as("both hosts begin with the same address")
                .isEqualTo(old);

        counter.move(A);

        String given = A.api().address(counter.id());
        assertThat(given).isNotEqualTo(old);
        counter.awaitConsole("address " + given);
        // Only the metadata service of the new host can have told it.
        counter.awaitConsole("agent at hostA epoch");
        assertThat(echo(A, given)).isEqualTo("hello");
        assertThat(echo(A, old)).as("the neighbour still has its own").isEqualTo("hello");
        remove(neighbour);
        await("the neighbour to be gone").until(() -> A.domains().size() == 1);
        counter.countedEverything();
        counter.neverTwo();
    }

    @Test
    @Order(5)
    void tenGuestsMoveAtOnceAndShareOneBaseImage() {
        bringTo(A);
        List<Guest> others = new CopyOnWriteArrayList<>();
        World.atOnce(IntStream.range(1, CROWD).mapToObj(n -> () -> others.add(WORLD.spawn(A, "other-" + n))));
        List<Guest> all = Stream.concat(Stream.of(counter), others.stream()).toList();

        World.atOnce(all.stream().map(guest -> () -> guest.move(B)));

        for (Guest guest : all) {
            guest.awaitTicks(2);
            guest.countedEverything();
            guest.neverTwo();
        }
        assertThat(B.domains()).hasSize(CROWD);
        await("nothing left at the source").until(() -> A.domains().isEmpty());
        String base = baseDigest();
        await("each of them to hold it, and nothing else").untilAsserted(() -> assertThat(
                        B.query("SELECT holder FROM content_hold WHERE sha512 = '" + base + "'"))
                .hasSize(CROWD));
        assertThat(B.query("SELECT sha512 FROM content WHERE sha512 = '" + base + "'"))
                .hasSize(1);
        others.forEach(MovesE2E::remove);
        for (Guest guest : others) {
            await("the guest to be gone").until(() -> B.api().status(guest.id()).equals("GONE"));
        }
    }

    @Test
    @Order(6)
    void aPausedGuestMovesAndStaysPaused() {
        bringTo(B);
        B.api().act(counter.id(), "{\"pause\":null}").body(202);
        await("paused").until(() -> B.api().status(counter.id()).equals("PAUSED"));
        long stoppedAt = counter.lastTick();

        counter.move(A);

        assertThat(A.api().status(counter.id())).isEqualTo("PAUSED");
        assertThat(A.exec("virsh", "-q", "-c", "qemu:///system", "list", "--state-paused", "--name")
                        .succeeded()
                        .out())
                .isNotBlank();
        assertThat(counter.lastTick()).isEqualTo(stoppedAt);
        A.api().act(counter.id(), "{\"unpause\":null}").body(202);
        counter.awaitTicks(2);
        counter.countedEverything();
        counter.neverTwo();
    }

    @Test
    @Order(7)
    void wishesThatMakeNoSenseAreRefusedBeforeAnythingHappens() {
        bringTo(A);
        String server = counter.id();
        assertThat(migrate(server, "nowhere", "auto").fault(400)).contains("nowhere", "hostB");
        assertThat(migrate(server, "hostA", "auto").fault(400)).contains("hostA");
        for (String mode : List.of("live", "cold")) {
            assertThat(migrate(server, "hostB", mode).fault(400)).contains(mode, "package");
        }
        assertThat(migrate(server, "hostB", "teleport").fault(400)).contains("teleport");
        assertThat(migrate("00000000-0000-4000-8000-000000000000", "hostB", "auto")
                        .status())
                .isEqualTo(404);

        A.api().act(server, "{\"lock\":null}").body(202);
        assertThat(migrate(server, "hostB", "auto").fault(409)).contains("locked");
        A.api().act(server, "{\"unlock\":null}").body(202);

        assertThat(A.api().moves(server))
                .allMatch(move -> move.path("state").asText().equals("DONE"));
        assertThat(A.api().status(server)).isEqualTo("ACTIVE");
        counter.awaitTicks(1);
    }

    @Test
    @Order(8)
    void aMoveThatIsCancelledOnASlowLinkLetsTheGuestRunOnAndLeavesNothingBehind() {
        // One that has never been there, in the mode that sends everything after the freeze: there is enough to send.
        Guest stayer = WORLD.spawn(A, "stayer");
        Inventory before = B.restingInventory();
        B.link("rate", SLOW);
        String move;
        try {
            move = A.api().move(stayer.id(), "hostB", "package");
            await("some of it to be sent")
                    .until(() -> moveOf(A, move).path("bytes_done").asLong() > 1 << 16);
            assertThat(A.api().moveState(move)).isEqualTo("FROZEN");
            long frozenAt = stayer.lastTick();
            assertThat(migrate(stayer.id(), "hostB", "auto").fault(409)).isNotEmpty();
            assertThat(A.api().act(stayer.id(), "{\"os-stop\":null}").fault(409))
                    .isNotEmpty();

            WORLD.tresccac("--cloud", "hostA", "migrations", "--cancel", move).succeeded();

            await("the move to be taken back")
                    .until(() -> A.api().moveState(move).equals("WITHDRAWN"));
            assertThat(moveOf(A, move).path("error").asText()).contains("asked for by demo");
            await("the guest to count on").until(() -> stayer.lastTick() > frozenAt);
        } finally {
            B.link("rate", "none");
        }
        await("the target to have cleaned up")
                .untilAsserted(() -> assertThat(B.inventory()).isEqualTo(before));
        await("the guest to be as it was")
                .until(() -> A.api().status(stayer.id()).equals("ACTIVE"));
        stayer.countedEverything();
        stayer.neverTwo();
        remove(stayer);
    }

    @Test
    @Order(9)
    void manyRoundTripsLoseNothingAndLeaveNothing() throws InterruptedException {
        Guest keeper = Guest.spawn(WORLD, A, "keeper", "agent rewrite=2 recall=4");
        keeper.move(B);
        keeper.move(A);
        Inventory beforeA = A.restingInventory();
        Inventory beforeB = B.restingInventory();
        int filesA = A.daemonOpenFiles();
        int filesB = B.daemonOpenFiles();
        int threadsA = A.daemonThreads();
        int threadsB = B.daemonThreads();
        Random stays = new Random(9);

        for (int trip = 0; trip < ROUND_TRIPS; trip++) {
            for (Host destination : List.of(B, A)) {
                Thread.sleep(stays.nextLong(LONGEST_STAY.toMillis() + 1));
                keeper.move(destination);
            }
        }

        keeper.awaitTicks(2);
        keeper.countedEverything();
        keeper.neverTwo();
        keeper.awaitConsole("recalled");
        keeper.awaitConsole("rewrote");
        assertThat(keeper.said("recall:")).as("memory that is not what it was").isEmpty();
        assertThat(keeper.said("rewrite:")).as("disk that is not what it was").isEmpty();
        await("both hosts as before").untilAsserted(() -> {
            assertThat(A.inventory()).isEqualTo(beforeA);
            assertThat(B.inventory()).isEqualTo(beforeB);
        });
        // Idle connections and pooled handles vary a little; twenty moves that leak would be far above.
        await("connections to be closed").untilAsserted(() -> {
            assertThat(A.daemonOpenFiles()).isLessThan(filesA + SLACK);
            assertThat(B.daemonOpenFiles()).isLessThan(filesB + SLACK);
            assertThat(A.daemonThreads()).isLessThan(threadsA + SLACK);
            assertThat(B.daemonThreads()).isLessThan(threadsB + SLACK);
        });
        remove(keeper);
    }

    @Test
    @Order(10)
    void whatGoesAheadIsNotSentInTheInterruption() {
        Guest traveller = WORLD.spawn(A, "traveller");
        Inventory before = B.restingInventory();
        String move = A.api().move(traveller.id(), "hostB", "warm");
        JsonNode warm = traveller.awaitMoved(A, move, B);
        assertThat(warm.path("mode").asText()).isEqualTo("warm");
        assertThat(A.logged(round(traveller, 2)))
                .as("rounds go on while they get shorter")
                .isPositive();
        traveller.awaitTicks(2);
        traveller.countedEverything();
        traveller.neverTwo();

        await("A to have kept it").until(() -> A.inventory().files().contains("kept/" + traveller.lineage() + "/disk"));
        JsonNode back = traveller.move(A);
        assertThat(back.path("bytes_done").asLong())
                .as("A kept what it sent, so it comes back with what has changed")
                .isLessThan(warm.path("bytes_done").asLong() / 10);
        traveller.awaitTicks(2);
        traveller.countedEverything();
        traveller.neverTwo();
        remove(traveller);
        await("B to be as before, but for what it keeps")
                .untilAsserted(() -> assertThat(B.inventory().withoutKept()).isEqualTo(before.withoutKept()));
    }

    @Test
    @Order(11)
    void aMoveThatIsCancelledWhileItIsSentAheadNeverStopsTheGuest() {
        // One that has never been there, so that there is something to send.
        Guest stayer = WORLD.spawn(A, "homebody");
        Inventory before = B.restingInventory();
        B.link("rate", SLOW);
        String move;
        try {
            move = A.api().move(stayer.id(), "hostB", "warm");
            await("some of it to be sent")
                    .until(() -> moveOf(A, move).path("bytes_done").asLong() > 1 << 18);
            stayer.awaitTicks(2);
            assertThat(A.api().moveState(move)).isEqualTo("SENDING_AHEAD");
            WORLD.tresccac("--cloud", "hostA", "migrations", "--cancel", move).succeeded();
            await("the move to be given up").until(() -> A.api().moveState(move).equals("FAILED"));
        } finally {
            B.link("rate", "none");
        }
        stayer.awaitTicks(2);
        await("the target to have cleaned up")
                .untilAsserted(() -> assertThat(B.inventory()).isEqualTo(before));
        stayer.countedEverything();
        stayer.neverTwo();
        remove(stayer);
    }

    @Test
    @Order(12)
    void aMoveSendsNoFasterThanItWasAskedToAndNoRoundMoreThanItsGuestNeeds() {
        int bytesPerSecond = 4 << 20;
        Guest limited = WORLD.spawn(A, "limited");
        String body = "{\"tresccad:migrate\":{\"destination\":\"hostB\",\"mode\":\"warm\",\"bandwidth\":%d,"
                + "\"interruption_seconds\":600}}";
        long begun = System.nanoTime();
        A.api().act(limited.id(), body.formatted(bytesPerSecond)).body(202);
        String move = A.api().moves(limited.id()).get(0).path("id").asText();
        AtomicLong mostAhead = new AtomicLong();
        await("the freeze").until(() -> {
            JsonNode seen = moveOf(A, move);
            if (!List.of("REQUESTED", "CHECKED", "SENDING_AHEAD")
                    .contains(seen.path("state").asText())) {
                return true;
            }
            // Looked at later than it was counted, so a slow machine makes this no stricter.
            double seconds = (System.nanoTime() - begun) / 1e9;
            assertThat((double) seen.path("bytes_done").asLong())
                    .as("after %.1f s", seconds)
                    .isLessThanOrEqualTo(bytesPerSecond * (seconds + 0.05));
            mostAhead.accumulateAndGet(seen.path("bytes_done").asLong(), Math::max);
            return false;
        });

        limited.awaitMoved(A, move, B);

        assertThat(mostAhead.get()).as("seen on its way").isPositive();
        assertThat(A.logged(round(limited, 1))).isPositive();
        assertThat(A.logged(round(limited, 2))).as("one was short enough").isZero();
        assertThat(A.api().act(counter.id(), body.formatted(100)).fault(400)).contains("bandwidth");
        limited.awaitTicks(2);
        limited.countedEverything();
        limited.neverTwo();
        remove(limited);
    }

    private static String round(Guest guest, int number) {
        return "instance " + guest.id() + ": round " + number + " sent";
    }

    /** A test that failed may have left it elsewhere; the next one shall not fail for that. */
    private static void bringTo(Host host) {
        counter.findAgain(List.of(A, B));
        if (!counter.host().name().equals(host.name())) {
            counter.move(host);
        }
    }

    private static void remove(Guest guest) {
        guest.api().ask("DELETE", "/compute/v2.1/servers/" + guest.id()).body(204);
    }

    private static Answer migrate(String server, String destination, String mode) {
        return A.api()
                .act(
                        server,
                        "{\"tresccad:migrate\":{\"destination\":\"" + destination + "\",\"mode\":\"" + mode + "\"}}");
    }

    private static JsonNode moveOf(Host source, String move) {
        return source.api().get("/tresccad/v1/moves/" + move).path("move");
    }

    /** What a guest's echo service gives back, asked from the host it is at. */
    private static String echo(Host host, String address) {
        return host.exec(
                        "bash",
                        "-c",
                        "exec 3<>/dev/tcp/" + address + "/7; echo hello >&3; read -r -t 60 said <&3; echo \"$said\"")
                .succeeded()
                .out()
                .strip();
    }

    private static String baseDigest() {
        return A.api().images("base").get(0).path("os_hash_value").asText();
    }
}
