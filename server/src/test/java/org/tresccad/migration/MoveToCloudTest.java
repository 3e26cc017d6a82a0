package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.ForeignRegister.Standing;
import org.tresccad.handover.Verdict;
import org.tresccad.instance.Instance;
import org.tresccad.testing.Life;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingInternet.Fate;
import org.tresccad.testing.TestingOpenStack;

/** Moves into an OpenStack, which decides and claims by itself: whoever dies and whatever is lost, one guest runs. */
class MoveToCloudTest {
    private static final List<Fate> FATES = List.of(Fate.values());
    private static final int SEEDS = Integer.getInteger("tresccad.test.seeds", 20);

    private MortalHosts hosts;
    private MortalHost a;
    private MortalHost node;
    private TestingOpenStack cloud;

    @BeforeEach
    void open() {
        hosts = new MortalHosts();
        a = hosts.a;
        node = hosts.c;
        cloud = hosts.internet.openStack("cloud", node);
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void theGuestRunsInTheCloudAndTheCloudsRegisterSaysSo() {
        Instance guest = hosts.boot(a);
        move(guest);
        hosts.awaitQuiet("the move");
        assertThat(hosts.owner(guest)).isSameAs(node);
        hosts.assertOneRuns("the move", guest);
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.DONE);
        assertThat(cloud.records()).hasSize(1).allMatch(record -> record.verdict() instanceof Verdict.Claimed);
    }

    @Test
    void theHostsOwnRegisterCopiesWhatTheCloudsSays() {
        Instance guest = hosts.boot(a);
        Epoch epoch = MortalHosts.on(a, guest).epoch().next();
        move(guest);
        hosts.awaitQuiet("the move");
        Verdict here = a.life()
                .host
                .database
                .read(handle -> a.life().host.register.find(handle, epoch).orElseThrow())
                .verdict()
                .orElseThrow();
        assertThat(cloud.records()).extracting(Standing::verdict).containsExactly(here);
    }

    @Test
    void nobodyGetsAClaimFromTheHostWhileTheCloudDecides() {
        Instance guest = hosts.boot(a);
        Epoch epoch = MortalHosts.on(a, guest).epoch().next();
        a.life()
                .points
                .dieOnce(() -> state(guest).filter(MoveState.FROZEN::equals).isPresent());
        move(guest);
        hosts.awaitDeathOr("the freeze", () -> false);
        a.end(false);
        Life next = a.revive();
        UUID nonce = lastMove(guest).nonce();
        assertThatThrownBy(() -> next.claims.claim(TestingHost.MEMBER, epoch, nonce, Claimant.random()))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining("saving or moving");
        next.recover();
        hosts.awaitQuiet("the end");
        hosts.assertOneRuns("the end", guest);
    }

    @Test
    void aGuestThatTheCloudGivesBackRunsOnHereAndCanGoAgain() {
        Instance guest = hosts.boot(a);
        cloud.giveBackTheNext(1);
        move(guest);
        hosts.awaitQuiet("the way back");
        assertThat(hosts.owner(guest)).isSameAs(a);
        hosts.assertOneRuns("the way back", guest);
        assertThat(lastMove(guest)).satisfies(move -> {
            assertThat(move.state()).isEqualTo(MoveState.WITHDRAWN);
            assertThat(move.error().orElseThrow()).contains("The test could not start it.");
        });
        move(guest);
        hosts.awaitQuiet("the second try");
        assertThat(hosts.owner(guest)).isSameAs(node);
        hosts.assertOneRuns("the second try", guest);
    }

    @Test
    void aPackageThatCannotBeSentDoesNotLeaveTheGuestWaiting() {
        Instance guest = hosts.boot(a);
        node.images.failNextUpload(new IOException("The test cuts the line."));
        move(guest);
        hosts.awaitQuiet("the end of the move");
        assertThat(lastMove(guest).state()).isEqualTo(MoveState.WITHDRAWN);
        hosts.assertOneRuns("the end of the move", guest);
        assertThat(cloud.records()).extracting(Standing::verdict).containsExactly(new Verdict.Withdrawn());
    }

    @Test
    void aGuestStandsUntilTheCloudHasGivenItBack() {
        Instance guest = hosts.boot(a);
        node.images.failNextUpload(new IOException("The test cuts the line."));
        hosts.internet.decideBy(what -> what.startsWith("withdraw") ? Fate.REQUEST_LOST : Fate.ANSWERED);
        move(guest);
        MortalHosts.awaitThat("the first refusal", () -> lastMove(guest).error().isPresent());
        assertThat(hosts.watch.running()).isEmpty();
        assertThat(state(guest)).contains(MoveState.FROZEN);
        hosts.internet.heal();
        hosts.awaitQuiet("the cloud answers again");
        hosts.assertOneRuns("the cloud answers again", guest);
        assertThat(lastMove(guest).error().orElseThrow()).contains("The test cuts the line");
    }

    @Test
    void aCloudThatAnswersIsNotGivenUpForLost() {
        Instance guest = hosts.boot(a);
        a.life()
                .points
                .dieOnce(() -> state(guest).filter(MoveState.CLAIMED::equals).isPresent());
        move(guest);
        hosts.awaitDeathOr("the claim", () -> false);
        a.end(false);
        Life next = a.revive();
        assertThatThrownBy(() -> next.reclaim.reclaim(
                        TestingHost.MEMBER, MortalHosts.on(a, guest).id(), guest.name()))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining("its register has decided");
        next.recover();
        hosts.awaitQuiet("the end of the move");
        assertThat(hosts.owner(guest)).isSameAs(node);
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
    void aComputeNodeThatDiesAtAnyPointLosesNothing() {
        dieEverywhere(node, false);
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
                move(guest);
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
            Instance guest = hosts.boot(a);
            hosts.internet.decide(
                    n -> random.nextInt(6) == 0 ? FATES.get(random.nextInt(FATES.size())) : Fate.ANSWERED);
            List.of(a, node).forEach(host -> host.life().points.dieAt(random.nextInt(40)));
            move(guest);
            for (int round = 0; round < 3; round++) {
                hosts.awaitDeathOr(story, hosts::isQuiet);
                for (MortalHost host : List.of(a, node)) {
                    if (host.life().points.isDead()) {
                        host.end(false);
                        Life next = host.revive();
                        next.points.dieAt(random.nextInt(40));
                        MortalHosts.unlessItDies(next::recover);
                    }
                }
            }
            List.of(a, node).forEach(host -> host.life().points.dieAt(Integer.MAX_VALUE));
            hosts.reviveTheDead();
            hosts.internet.deliverLate();
            hosts.internet.heal();
            hosts.awaitQuiet(story);
            hosts.assertOneRuns(story, guest);
            hosts.forget(guest);
        }
    }

    private void dieEverywhere(MortalHost mortal, boolean withPowerLoss) {
        boolean hasDied = true;
        for (int point = 0; hasDied; point++) {
            Instance guest = hosts.boot(a);
            mortal.life().points.dieAt(point);
            move(guest);
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

    private static boolean isBetweenMemoryAndCpus(List<String> passed) {
        int last = passed.size() - 1;
        int frozen = passed.lastIndexOf("in the middle of freeze");
        return passed.get(last).equals("before resume") || (frozen >= 0 && last <= frozen + 2);
    }

    private void move(Instance guest) {
        MortalHosts.unlessItDies(() -> a.life()
                .move
                .request(
                        TestingHost.MEMBER,
                        MortalHosts.on(a, guest).id(),
                        "cloud",
                        MoveMode.AUTO,
                        Move.Origin.API,
                        new MoveTerms(OptionalLong.empty(), Optional.empty()),
                        CompletableFuture.completedFuture(true)));
    }

    private Move lastMove(Instance guest) {
        return a.life().moves.of(guest.epoch().lineage()).get(0);
    }

    private Optional<MoveState> state(Instance guest) {
        return a.life().moves.of(guest.epoch().lineage()).stream()
                .map(Move::state)
                .findFirst();
    }
}
