package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clones of a saved guest, before and after it runs on itself: side by side, each with its own identity and addresses. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CloneE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA");

    private static final Host A = WORLD.host("hostA");
    private static final String SERVERS = "/compute/v2.1/servers";
    private static final Pattern GENID = Pattern.compile("<genid>([^<]+)</genid>");

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest origin;

    @SuppressWarnings("NullAway.Init") // set by the first test
    private static Guest copy;

    private static String image = "";
    private static String originsCard = "";

    @BeforeAll
    static void saveAGuest() {
        origin = WORLD.spawn(A, "origin");
        originsCard = card(origin);
        image = WORLD.tresccac("--cloud", "hostA", "save", "origin", "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();
    }

    @Test
    @Order(1)
    void aCloneGoesOnCountingUnderAnotherIdentityAndAddress() {
        copy = clone("copy");

        assertThat(copy.lineage()).isNotEqualTo(origin.lineage());
        assertThat(card(copy)).isNotEqualTo(originsCard);
        copy.awaitConsole("address " + card(copy).split(" ", -1)[1]);
        awaitBeacon(copy);
        assertThat(firstTick(copy)).isEqualTo(origin.lastTick() + 1);
    }

    @Test
    @Order(2)
    void theSavedOneStillRunsOnAsItselfBesideItsClone() {
        String id = WORLD.tresccac("--cloud", "hostA", "restore", image, "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();
        origin.isAt(A, id);

        assertThat(card(origin)).isEqualTo(originsCard);
        origin.awaitConsole("agent at hostA epoch 1");
        awaitBeacon(origin);
        awaitBeacon(copy);
        origin.countedEverything();
        copy.awaitTicks(2);
    }

    @Test
    @Order(3)
    void aPackageThatRunsIsClonedAgain() {
        Guest another = clone("another");

        awaitBeacon(another);
        assertThat(List.of(another.lineage(), copy.lineage(), origin.lineage())).doesNotHaveDuplicates();
        assertThat(new HashSet<>(A.query("SELECT mac FROM port"))).hasSize(3);
        List<String> generations = A.domains().stream()
                .map(domain -> A.exec("virsh", "-q", "-c", "qemu:///system", "dumpxml", domain)
                        .succeeded()
                        .out())
                .map(xml ->
                        GENID.matcher(xml).results().findFirst().orElseThrow().group(1))
                .toList();
        assertThat(generations).hasSize(3).doesNotHaveDuplicates();
    }

    @Test
    @Order(4)
    void aCloneIsRebootedAndDeletedLikeAnyOther() {
        long boots = copy.boots();
        copy.api().act(copy.id(), "{\"reboot\":{\"type\":\"HARD\"}}").body(202);
        await("a boot").until(() -> copy.boots() == boots + 1);
        copy.awaitConsole("tick ready " + card(copy).split(" ", -1)[1]);

        A.api().ask("DELETE", SERVERS + "/" + copy.id()).body(204);
        await("the clone to go").until(() -> A.api().status(copy.id()).equals("GONE"));
        await("its domain to go").until(() -> A.domains().size() == 2);
        origin.awaitTicks(1);
        origin.countedEverything();
    }

    private static Guest clone(String name) {
        String id = WORLD.tresccac("--cloud", "hostA", "restore", image, "--clone", "--name", name, "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();
        return Guest.found(WORLD, A, name, id);
    }

    /** {@code MAC ADDRESS}. */
    private static String card(Guest guest) {
        return A.query("SELECT mac || ' ' || address FROM port WHERE owner = '" + guest.id() + "'")
                .get(0);
    }

    /** Guests that came from one boot have one nonce; they are told apart by the lineage that they say. */
    private static void awaitBeacon(Guest guest) {
        long since = guest.lastTick();
        await("a beacon of " + guest.name()).until(() -> WORLD.observer().of(guest.lineage()).stream()
                .anyMatch(beacon -> beacon.lineage().equals(guest.lineage()) && beacon.count() > since));
    }

    private static long firstTick(Guest guest) {
        Optional<String> number = Pattern.compile("tick ([0-9]+)\r?\n")
                .matcher(guest.console())
                .results()
                .map(line -> line.group(1))
                .findFirst();
        return Long.parseLong(number.orElseThrow());
    }
}
