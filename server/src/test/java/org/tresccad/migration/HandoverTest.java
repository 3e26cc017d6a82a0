package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceFiles;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.testing.Life;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHypervisor.Operation;
import org.tresccad.testing.TestingInternet.Fate;

/**
 * Never two, never none (design, section 7): moves between hosts that die at every point there is, over a network that
 * loses, doubles and delays messages. Whatever happens, no two domains of a lineage ever run at once, none runs on an
 * older memory or disk than it had, in the end one host alone has the guest, and the others have nothing of it.
 */
class HandoverTest {
    private static final List<Fate> FATES = List.of(Fate.values());

    /** How many random stories are told; more with {@code -Dtresccad.test.seeds=N}. */
    private static final int SEEDS = Integer.getInteger("tresccad.test.seeds", 30);

    private MortalHosts hosts;
    private MortalHost a;
    private MortalHost b;

    @BeforeEach
    void open() {
        hosts = new MortalHosts();
        a = hosts.a;
        b = hosts.b;
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aMoveLeavesTheGuestRunningAtTheDestinationAlone() {
        Instance guest = hosts.boot(a);
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the move");
        assertThat(hosts.owner(guest)).isSameAs(b);
        hosts.assertOneRuns("the move", guest);
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.DONE);
    }

    @Test
    void aGuestGoesRoundThreeHostsAgainAndAgain() {
        Instance guest = hosts.boot(a);
        List<MortalHost> way = List.of(b, hosts.c, a, hosts.c, b, a);
        MortalHost here = a;
        for (MortalHost next : way) {
            hosts.move(here, next, guest);
            hosts.awaitQuiet("the move to " + next.name);
            assertThat(hosts.owner(guest)).isSameAs(next);
            here = next;
        }
        hosts.assertOneRuns("the round trip", guest);
        assertThat(MortalHosts.on(a, guest).epoch().number()).isEqualTo(way.size());
    }

    @Test
    void aGuestWhoseQemuEndsBeforeItsCpusRanIsGivenBack() {
        Instance guest = hosts.boot(a);
        InstanceFiles there = b.life().host.files;
        b.life().host.hypervisor.endWhen(() -> there.existing().stream()
                .anyMatch(id -> Files.exists(there.directory(id).resolve("memory.spent"))));
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the way back");
        assertThat(hosts.owner(guest)).isSameAs(a);
        hosts.assertOneRuns("the way back", guest);
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.WITHDRAWN);
    }

    @Test
    void aGuestThatComesRightBackWaitsUntilWhatItLeftIsSweptAway() {
        Instance guest = hosts.boot(a);
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the way there");
        Held sweeping = a.life().host.locks.take(guest.id());
        try (sweeping) {
            hosts.move(b, a, guest);
            await("it to arrive").until(() -> !a.life().arrivals.unfinished().isEmpty());
        }
        hosts.awaitQuiet("the way back");
        assertThat(hosts.owner(guest)).isSameAs(a);
        hosts.assertOneRuns("the way back", guest);
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.DONE);
    }

    @Test
    void aDestinationThatCannotStartTheGuestGivesItBack() {
        Instance guest = hosts.boot(a);
        b.life().points.dieOnce(() -> b.life().arrivals.unfinished().stream()
                .anyMatch(arrival -> arrival.state() == ArrivalState.ACCEPTED));
        hosts.move(a, b, guest);
        hosts.awaitDeathOr("b accepts", hosts::isQuiet);
        b.end(true);
        // Nothing that a tells may find b before it has been told to refuse.
        hosts.internet.decide(number -> Fate.REQUEST_LOST);
        Life next = b.revive();
        assertThat(next.arrivals.unfinished()).extracting(Arrival::state).containsExactly(ArrivalState.ACCEPTED);
        next.host.hypervisor.refuseNext(Operation.RESTORE);
        hosts.internet.heal();
        next.recover();
        hosts.awaitQuiet("the way back");
        assertThat(hosts.owner(guest)).isSameAs(a);
        hosts.assertOneRuns("the way back", guest);
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.WITHDRAWN);

        hosts.move(a, b, guest);
        hosts.awaitQuiet("the second try");
        assertThat(hosts.owner(guest)).isSameAs(b);
        hosts.assertOneRuns("the second try", guest);
    }

    @Test
    void aGuestThatCannotBeLetGoOnAtOnceGoesOnLater() {
        Instance guest = hosts.boot(a);
        b.life().host.hypervisor.refuseNext(Operation.RESTORE);
        a.life().host.hypervisor.failNext(Operation.RESUME, new HypervisorUnavailable("The test says no."));
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the second attempt");
        assertThat(hosts.owner(guest)).isSameAs(a);
        hosts.assertOneRuns("the second attempt", guest);
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.WITHDRAWN);
    }

    @Test
    void aDiskThatIsFoundDamagedWhileTheMemoryArrivesIsRefused() {
        Instance guest = hosts.boot(a);
        b.life().host.overlays.damageNext();
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the end of the move");
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.WITHDRAWN);
        assertThat(hosts.owner(guest)).isSameAs(a);
        hosts.assertOneRuns("the end of the move", guest);

        hosts.move(a, b, guest);
        hosts.awaitQuiet("the second try");
        assertThat(hosts.owner(guest)).isSameAs(b);
        hosts.assertOneRuns("the second try", guest);
    }

    @Test
    void anArrivalWhosePackageWasDeletedAsItBeganIsDiscarded() {
        Instance guest = hosts.boot(a);
        b.images.deleteNextOneOpened();
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the end of the move");
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.WITHDRAWN);
        hosts.assertOneRuns("the end of the move", guest);
    }

    @Test
    void aPackageThatCannotBeSentDoesNotLeaveTheGuestWaiting() {
        Instance guest = hosts.boot(a);
        b.images.failNextUpload(new IOException("The test cuts the line."));
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the end of the move");
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.WITHDRAWN);
        hosts.assertOneRuns("the end of the move", guest);
    }

    @Test
    void aSourceWhoseDaemonDiesAtAnyPointLosesNothing() {
        dieEverywhere(a, false);
    }

    @Test
    void aSourceThatLosesPowerAtAnyPointLosesNoMoreThanARunningGuestWould() {
        dieEverywhere(a, true);
    }

    @Test
    void aDestinationWhoseDaemonDiesAtAnyPointLosesNothing() {
        dieEverywhere(b, false);
    }

    @Test
    void aDestinationThatLosesPowerAtAnyPointLosesNoMoreThanARunningGuestWould() {
        dieEverywhere(b, true);
    }

    @Test
    void anyMessageMayBeLostDoubledOrLate() {
        for (Fate fate : List.of(Fate.REQUEST_LOST, Fate.ANSWER_LOST, Fate.DOUBLED, Fate.LATE)) {
            boolean wasReached = true;
            for (int number = 0; wasReached; number++) {
                int doomed = number;
                String story = "message " + number + " is " + fate;
                Instance guest = hosts.boot(a);
                hosts.internet.decide(n -> n == doomed ? fate : Fate.ANSWERED);
                hosts.move(a, b, guest);
                hosts.awaitQuiet(story);
                wasReached = hosts.internet.sent().size() > number;
                hosts.internet.deliverLate();
                hosts.internet.heal();
                hosts.awaitQuiet(story + ", and what was late has come");
                hosts.assertOneRuns(story, guest);
                hosts.forget(guest);
            }
        }
    }

    @Test
    void bothMayDieAgainAndAgainOverABadNetwork() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            String story = "seed " + seed;
            boolean canLosePower = seed % 3 == 0;
            Instance guest = hosts.boot(a);
            hosts.internet.decide(
                    n -> random.nextInt(6) == 0 ? FATES.get(random.nextInt(FATES.size())) : Fate.ANSWERED);
            List.of(a, b).forEach(host -> host.life().points.dieAt(random.nextInt(40)));
            hosts.move(a, b, guest);
            for (int round = 0; round < 3; round++) {
                hosts.awaitDeathOr(story, hosts::isQuiet);
                for (MortalHost host : List.of(a, b)) {
                    if (host.life().points.isDead()) {
                        host.end(canLosePower && random.nextBoolean());
                        Life next = host.revive();
                        next.points.dieAt(random.nextInt(40));
                        MortalHosts.unlessItDies(next::recover);
                    }
                }
            }
            List.of(a, b).forEach(host -> host.life().points.dieAt(Integer.MAX_VALUE));
            hosts.reviveTheDead();
            hosts.internet.deliverLate();
            hosts.internet.heal();
            hosts.awaitQuiet(story);
            if (canLosePower) {
                hosts.assertOneHas(story, guest);
            } else {
                hosts.assertOneRuns(story, guest);
            }
            hosts.forget(guest);
        }
    }

    private void dieEverywhere(MortalHost mortal, boolean withPowerLoss) {
        boolean hasDied = true;
        for (int point = 0; hasDied; point++) {
            Instance guest = hosts.boot(a);
            mortal.life().points.dieAt(point);
            hosts.move(a, b, guest);
            hosts.awaitDeathOr("point " + point, hosts::isQuiet);
            hasDied = mortal.life().points.isDead();
            List<String> passed = mortal.life().points.passed();
            mortal.life().points.dieAt(Integer.MAX_VALUE);
            String story = mortal.name + " dies at point " + point + " of " + passed;
            boolean mayBeLost = false;
            if (hasDied) {
                mortal.end(false);
                mayBeLost = withPowerLoss && (!mortal.domains.running().isEmpty() || isBetweenMemoryAndCpus(passed));
                mortal.end(withPowerLoss);
                mortal.revive().recover();
            }
            hosts.awaitQuiet(story);
            if (mayBeLost) {
                hosts.assertOneHas(story, guest);
            } else {
                hosts.assertOneRuns(story, guest);
            }
            hosts.forget(guest);
        }
    }

    /**
     * Whether a guest that did not run was on its way between its CPUs and its memory file: a file counts from when its
     * layout is journaled, and no longer once it is about to be used.
     */
    private static boolean isBetweenMemoryAndCpus(List<String> passed) {
        int last = passed.size() - 1;
        int frozen = passed.lastIndexOf("in the middle of freeze");
        return passed.get(last).equals("before resume") || (frozen >= 0 && last <= frozen + 2);
    }

    private Move lastMove(Instance guest) {
        return a.life().moves.of(guest.epoch().lineage()).get(0);
    }
}
