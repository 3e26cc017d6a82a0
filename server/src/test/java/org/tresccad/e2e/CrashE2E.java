package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Whatever is killed or cut while one guest moves: in the end there is exactly one of it, it has counted every number
 * once, and the host where it is not holds nothing of it. The cases may run in any order; each begins where the guest is.
 */
final class CrashE2E {
    /** What a host keeps of a guest is not sent to it again: a move would be over before anything could be cut. */
    private static final String NOTHING_KEPT = "migration: {keep: 0}\n";

    @RegisterExtension
    private static final World WORLD = World.of("hostA", "hostB").withConfig(NOTHING_KEPT);

    private static final Host A = WORLD.host("hostA");
    private static final Host B = WORLD.host("hostB");
    /** So slow that a move lasts for minutes. */
    private static final String SLOW = "1mbit";

    /** A source that hears nothing any more must let its guest run on by then. */
    private static final Duration SILENCE = Duration.ofSeconds(150);

    /** Longer than a guest needs for a lease. */
    private static final Duration BOUNCE_AGAIN = Duration.ofSeconds(15);

    private static final String VIRSH = "virsh -q -c qemu:///system ";

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest counter;

    @BeforeAll
    static void spawn() {
        counter = WORLD.spawn(A, "counter");
        // The base image is at both from now on: every move below sends the package alone.
        counter.move(B);
    }

    @AfterEach
    void exactlyOneGuestHasCountedEverything() {
        counter.awaitTicks(2);
        await("nothing of it where it is not").until(() -> isWithoutGuests(target()));
        assertThat(counter.host().domains()).hasSize(1);
        counter.countedEverything();
        counter.neverTwo();
    }

    @AfterAll
    static void nothingWasEverDoubled() {
        counter.neverTwo();
    }

    @Test
    void aSourceDaemonThatDiesWhileItSendsTakesTheMoveBack() {
        Inventory before = target().restingInventory();
        String move = slowMove();

        counter.host().daemon("kill");
        target().link("rate", "none");
        counter.host().daemon("start");

        awaitTakenBack(move, before);
    }

    @Test
    void aTargetDaemonThatDiesWhileItReceivesMakesTheSourceTakeTheMoveBack() {
        Inventory before = target().restingInventory();
        String move = slowMove();

        target().daemon("kill");
        target().link("rate", "none");
        await("the source to take it back").until(() -> state(move).equals("WITHDRAWN"));
        counter.awaitTicks(1);
        target().daemon("start");

        awaitTakenBack(move, before);
    }

    @Test
    void aLinkThatIsCutWhileItSendsLetsTheGuestRunOnInBoundedTime() {
        Inventory before = target().restingInventory();
        String move = slowMove();
        long frozenAt = counter.lastTick();

        target().link("down");
        try {
            await("the guest to run on").atMost(SILENCE).until(() -> counter.lastTick() > frozenAt);
            assertThat(counter.host().query("SELECT state FROM move WHERE id = '" + move + "'"))
                    .containsExactly("WITHDRAWN");
        } finally {
            target().link("up");
            target().link("rate", "none");
        }

        awaitTakenBack(move, before);
    }

    @Test
    void aTargetWithoutLibvirtGivesThePackageUpAndTheGuestRunsOn() {
        Inventory before = target().restingInventory();
        String move = slowMove();

        target().libvirtd("kill");
        target().link("rate", "none");
        await("the source to take it back").until(() -> state(move).equals("WITHDRAWN"));
        target().libvirtd("start");

        awaitTakenBack(move, before);
        await("the target to be of use again").untilAsserted(() -> {
            // It may still be connecting to libvirt: then the move fails before the freeze, and is tried again.
            String again = counter.api().move(counter.id(), target().name());
            Host source = counter.host();
            await("its end").until(() -> List.of("DONE", "WITHDRAWN", "FAILED")
                    .contains(source.api().moveState(again)));
            assertThat(source.api().moveState(again)).isEqualTo("DONE");
            counter.awaitMoved(source, again, target());
        });
    }

    @Test
    void aSourceDaemonThatDiesOnceTheEpochIsClaimedFinishesTheMoveWhenItIsBack() {
        Host source = counter.host();
        Host destination = target();
        String move = source.api().move(counter.id(), destination.name());
        awaitRow(source, "SELECT 1 FROM move WHERE id = '" + move + "' AND state IN ('CLAIMED', 'DONE')");

        killNow(source);

        source.daemon("kill");
        source.daemon("start");
        counter.awaitMoved(source, move, destination);
        await("nothing left at the source").until(() -> isWithoutGuests(source));
    }

    @Test
    void aTargetDaemonThatDiesOnceTheEpochIsClaimedLetsTheGuestRunWhenItIsBack() {
        Host source = counter.host();
        Host destination = target();
        String move = source.api().move(counter.id(), destination.name());
        awaitRow(source, "SELECT 1 FROM move WHERE id = '" + move + "' AND state IN ('CLAIMED', 'DONE')");

        killNow(destination);

        destination.daemon("kill");
        destination.daemon("start");
        counter.awaitMoved(source, move, destination);
        await("nothing left at the source").until(() -> isWithoutGuests(source));
    }

    @Test
    void aSourceDaemonThatDiesWhenTheTargetIsPreparedLeavesTheGuestInOnePlace() {
        Host source = counter.host();
        Host destination = target();
        String move = source.api().move(counter.id(), destination.name());
        awaitRow(
                destination,
                "SELECT 1 FROM arrival WHERE move_id = '" + move + "' AND state NOT IN ('RECEIVING', 'DISCARDED')");

        killNow(source);

        source.daemon("kill");
        source.daemon("start");
        await("the move to be decided")
                .until(() -> List.of("DONE", "WITHDRAWN").contains(source.api().moveState(move)));
        if (source.api().moveState(move).equals("DONE")) {
            counter.awaitMoved(source, move, destination);
        }
        Host other = target();
        await("the loser to hold nothing").until(() -> isWithoutGuests(other));
    }

    @Test
    void aGuestWhoseQemuDiesIsShownAsShutOffAndCanBeStarted() {
        Host host = counter.host();
        long boots = counter.boots();

        host.killQemus();

        await("shut off").until(() -> host.api().status(counter.id()).equals("SHUTOFF"));
        host.api().act(counter.id(), "{\"os-start\":null}").body(202);
        await("a boot").until(() -> counter.boots() == boots + 1);
        await("active").until(() -> host.api().status(counter.id()).equals("ACTIVE"));
    }

    @Test
    void aDaemonThatIsRestartedKeepsItsGuestsTheirLeasesAndTheirMetadata() {
        Host source = counter.host();
        long boots = counter.boots();
        source.daemon("kill");
        counter.awaitTicks(1);
        source.daemon("start");

        assertThat(counter.boots()).isEqualTo(boots);
        await("active").until(() -> source.api().status(counter.id()).equals("ACTIVE"));
        String mac = source.query("SELECT mac FROM port").get(0);
        String lease = lease(source, mac);
        String domain = source.domains().get(0);
        await("a new lease for the same address")
                .pollDelay(Duration.ZERO)
                .pollInterval(BOUNCE_AGAIN)
                .until(() -> {
                    // A guest whose CPU waits for its turn just then sees nothing of it.
                    for (String state : List.of("down", "up")) {
                        source.exec("sh", "-c", VIRSH + "domif-setlink " + domain + " " + mac + " " + state)
                                .succeeded();
                    }
                    return !lease(source, mac).equals(lease);
                });

        // It can only learn of this from the metadata, and ask for it through the guest API.
        Host destination = target();
        source.api()
                .setMetadata(counter.id(), Map.of("move_to", destination.name(), "move_serial", String.valueOf(boots)));
        await("the guest to ask").until(() -> isGuestsWish(source));
        counter.awaitMoved(
                source, source.api().moves(counter.id()).get(0).path("id").asText(), destination);
    }

    /** The host where the guest is not. */
    private static Host target() {
        return counter.host().name().equals("hostA") ? B : A;
    }

    /** Starts a move over a slow link and waits until it is well under way; its id. */
    private static String slowMove() {
        Host source = counter.host();
        target().link("rate", SLOW);
        String move = source.api().move(counter.id(), target().name());
        await("some of it to be sent").until(() -> {
            JsonNode seen = source.api().get("/tresccad/v1/moves/" + move).path("move");
            assertThat(seen.path("state").asText()).as(seen.toString()).isIn("REQUESTED", "CHECKED", "FROZEN");
            return seen.path("bytes_done").asLong() > 1 << 16;
        });
        return move;
    }

    private static String state(String move) {
        return counter.api().moveState(move);
    }

    /** The guest runs on where it was, and the target is as if nothing had been. */
    private static void awaitTakenBack(String move, Inventory before) {
        await("the move to be taken back").until(() -> state(move).equals("WITHDRAWN"));
        counter.awaitTicks(1);
        await("active").until(() -> counter.api().status(counter.id()).equals("ACTIVE"));
        await("the target to have cleaned up")
                .untilAsserted(() -> assertThat(target().inventory()).isEqualTo(before));
    }

    private static boolean isWithoutGuests(Host host) {
        Inventory held = host.inventory();
        return held.domains().isEmpty()
                && held.ports().isEmpty()
                && held.leases().isEmpty()
                && held.cards().isEmpty()
                && held.files().stream().noneMatch(file -> file.startsWith("instances/"))
                && host.query("SELECT id FROM instance").isEmpty();
    }

    private static boolean isGuestsWish(Host host) {
        return host.query("SELECT origin FROM move ORDER BY number DESC LIMIT 1")
                .contains("GUEST");
    }

    private static String lease(Host host, String mac) {
        try {
            return Files.readString(host.state().resolve("network/dhcp-leases"))
                    .lines()
                    .filter(line -> line.contains(mac))
                    .findFirst()
                    .orElse("none");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits, as close as it gets, for a row in a daemon's journal. */
    private static void awaitRow(Host host, String sql) {
        await("%s: %s".formatted(host.name(), sql))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> !host.query(sql).isEmpty());
    }

    /** By the shortest way; the caller then makes sure of it. */
    private static void killNow(Host host) {
        host.daemonProcess().destroyForcibly();
    }
}
