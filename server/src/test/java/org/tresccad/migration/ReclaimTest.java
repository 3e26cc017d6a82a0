package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.NewImage;
import org.tresccad.instance.ArrivalKind;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingInternet.Fate;

/** What an owner can do when the host that decides about an instance is lost for ever, and when it was not lost after all. */
class ReclaimTest {
    private static final long FAR = 1L << 20;

    private MortalHosts hosts;
    private MortalHost a;
    private MortalHost b;
    private MortalHost c;

    @BeforeEach
    void open() {
        hosts = new MortalHosts();
        a = hosts.a;
        b = hosts.b;
        c = hosts.c;
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aPackageThatWaitsForALostHomeIsReclaimedByWhoTypesItsName() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        ImageId atB = copy(image, b);
        ImageId atC = copy(image, c);
        a.end(true);
        Instance waiting = b.life().restore.restore(TestingHost.MEMBER, atB, Optional.empty());
        awaitPrepared(b, guest);
        assertThat(kindOf(() -> reclaim(b, waiting, "another"))).isEqualTo(ErrorKind.BAD_REQUEST);
        assertThat(kindOf(() -> b.life().reclaim.reclaim(TestingHost.READER, waiting.id(), guest.name())))
                .isEqualTo(ErrorKind.FORBIDDEN);
        assertThat(kindOf(() -> b.life().reclaim.reclaim(TestingHost.STRANGER, waiting.id(), guest.name())))
                .isEqualTo(ErrorKind.NOT_FOUND);

        Instance reclaimed = reclaim(b, waiting, guest.name());
        assertThat(reclaimed.status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(reclaimed.epoch().number()).isGreaterThan(FAR);
        assertThat(hosts.watch.running()).containsExactly(guest.name());

        a.revive().recover();
        hosts.awaitQuiet("the home that was not lost");
        MortalHosts.awaitThat("the home to hear of it", () -> {
            b.life().keepHouse();
            return highest(a, guest) == reclaimed.epoch().number();
        });
        c.life().restore.restore(TestingHost.MEMBER, atC, Optional.empty());
        hosts.awaitQuiet("another copy");
        assertThat(c.life().host.instances.all())
                .as("the home gives the old epoch to nobody any more")
                .singleElement()
                .satisfies(failed -> assertThat(failed.status()).isEqualTo(InstanceStatus.ERROR));
        assertThat(hosts.watch.violations()).isEmpty();
        assertThat(b.domains.running()).hasSize(1);
        hosts.move(b, a, reclaimed);
        hosts.awaitQuiet("an ordinary move afterwards");
        assertThat(MortalHosts.on(a, guest).epoch()).isEqualTo(reclaimed.epoch().next());
    }

    @Test
    void aHomeThatAnswersIsObeyedInstead() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        ImageId atB = copy(image, b);
        a.life().restore.restore(TestingHost.MEMBER, image, Optional.empty());
        hosts.awaitQuiet("the restore at home");
        b.life().restore.restore(TestingHost.MEMBER, atB, Optional.of(guest.name()), ArrivalKind.RECLAIM);
        hosts.awaitQuiet("the refusal");
        assertThat(b.life().host.instances.all().get(0).fault().orElseThrow().message())
                .contains("given this epoch");
        assertThat(hosts.watch.running()).containsExactly(guest.name());
        assertThat(kindOf(() ->
                        b.life().restore.restore(TestingHost.MEMBER, atB, Optional.of("another"), ArrivalKind.RECLAIM)))
                .isEqualTo(ErrorKind.BAD_REQUEST);
    }

    @Test
    void aPackageIsReclaimedAtOnceWhereItsHomeIsGone() {
        Instance guest = hosts.boot(a);
        ImageId atB = copy(hosts.saved(a, guest), b);
        a.end(true);
        b.life().restore.restore(TestingHost.MEMBER, atB, Optional.of(guest.name()), ArrivalKind.RECLAIM);
        MortalHosts.awaitThat("it to run", () -> MortalHosts.on(b, guest).status() == InstanceStatus.ACTIVE);
        assertThat(MortalHosts.on(b, guest).epoch().number()).isGreaterThan(FAR);
        a.revive();
    }

    @Test
    void aSourceThatWasNotLostAfterAllStopsItsCopyForGood() {
        Instance guest = hosts.boot(a);
        // The source hears nothing from the restore on, and takes the move back.
        hosts.internet.decide(number -> number > 3 ? Fate.REQUEST_LOST : Fate.ANSWERED);
        hosts.move(a, b, guest);
        awaitPrepared(b, guest);
        MortalHosts.awaitThat(
                "the move to be taken back", () -> a.life().moves.all().get(0).state() == MoveState.WITHDRAWN);
        MortalHosts.awaitThat(
                "it to go on", () -> MortalHosts.on(a, guest).task().isEmpty());
        a.end(true);
        Instance reclaimed = reclaim(b, MortalHosts.on(b, guest), guest.name());
        assertThat(reclaimed.status()).isEqualTo(InstanceStatus.ACTIVE);

        a.revive().recover();
        hosts.internet.heal();
        MortalHosts.awaitThat("the source to hear of it", () -> {
            a.life().keepHouse();
            return MortalHosts.on(a, guest).status() == InstanceStatus.ERROR;
        });
        Instance old = MortalHosts.on(a, guest);
        assertThat(old.fault().orElseThrow().message()).contains("reclaimed on another host");
        assertThat(kindOf(() -> a.life().host.power.start(TestingHost.MEMBER, old.id())))
                .isEqualTo(ErrorKind.CONFLICT);
        assertThat(kindOf(() -> a.life().host.power.hardReboot(TestingHost.MEMBER, old.id())))
                .isEqualTo(ErrorKind.CONFLICT);
        assertThat(a.life().host.files.disk(old.id())).as("its disk is kept").exists();
        assertThat(hosts.watch.violations()).isEmpty();
        assertThat(b.domains.running()).hasSize(1);
    }

    @Test
    void aSourceThatAsksForAMoveToWhereItWasReclaimedIsStopped() {
        Instance guest = hosts.boot(a);
        hosts.internet.decide(number -> number > 3 ? Fate.REQUEST_LOST : Fate.ANSWERED);
        hosts.move(a, b, guest);
        awaitPrepared(b, guest);
        MortalHosts.awaitThat(
                "it to go on",
                () -> a.domains.running().size() == 1
                        && MortalHosts.on(a, guest).task().isEmpty());
        Instance reclaimed = reclaim(b, MortalHosts.on(b, guest), guest.name());
        assertThat(hosts.watch.violations())
                .as("that is the exception: the source was alive")
                .isNotEmpty();
        // Whatever else would tell it is lost.
        hosts.internet.heal();
        assertThat(reclaimed.epoch().number()).isGreaterThan(FAR);
        hosts.move(a, b, guest);
        MortalHosts.awaitThat("its copy to be stopped", () -> {
            a.life().keepHouse();
            return a.domains.running().isEmpty();
        });
        assertThat(MortalHosts.on(a, guest).status()).isEqualTo(InstanceStatus.ERROR);
    }

    @Test
    void aGuestThatWasClaimedByALostDestinationGoesOnWhereItWas() {
        Instance guest = hosts.boot(a);
        a.life().points.dieOnce(() -> a.life().moves.all().stream().anyMatch(m -> m.state() == MoveState.CLAIMED));
        hosts.move(a, b, guest);
        hosts.awaitDeathOr("the claim", () -> false);
        b.end(true);
        a.end(false);
        a.revive().recover();
        assertThat(a.domains.running()).isEmpty();

        Instance reclaimed = reclaim(a, MortalHosts.on(a, guest), guest.name());
        assertThat(reclaimed.status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(reclaimed.task()).isEmpty();
        assertThat(reclaimed.epoch().number()).isGreaterThan(FAR);
        assertThat(a.life().moves.all().get(0).state()).isEqualTo(MoveState.WITHDRAWN);

        b.revive().recover();
        hosts.awaitQuiet("the destination that was not lost");
        hosts.assertOneRuns("the destination that was not lost", guest);
        assertThat(highest(b, guest)).isEqualTo(reclaimed.epoch().number());
    }

    @Test
    void aDestinationThatAnswersKeepsWhatItClaimed() {
        Instance guest = hosts.boot(a);
        a.life().points.dieOnce(() -> a.life().moves.all().stream().anyMatch(m -> m.state() == MoveState.CLAIMED));
        hosts.move(a, b, guest);
        hosts.awaitDeathOr("the claim", () -> false);
        a.end(false);
        a.revive();
        assertThat(kindOf(() -> reclaim(a, MortalHosts.on(a, guest), guest.name())))
                .isEqualTo(ErrorKind.CONFLICT);
        a.life().recover();
        hosts.awaitQuiet("the end of the move");
        assertThat(hosts.owner(guest)).isSameAs(b);
        hosts.assertOneRuns("the end of the move", guest);
        assertThat(kindOf(() -> reclaim(b, MortalHosts.on(b, guest), guest.name())))
                .as("it waits for nobody")
                .isEqualTo(ErrorKind.CONFLICT);
    }

    @Test
    void nobodyIsBelievedWhoNeverHadThePackage() {
        Instance guest = hosts.boot(a);
        Epoch epoch = guest.epoch().next();
        assertThat(kindOf(() -> a.life().claims.superseded(TestingHost.MEMBER, epoch, UUID.randomUUID(), 1 << 30)))
                .isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(MortalHosts.on(a, guest).status()).isEqualTo(InstanceStatus.ACTIVE);
    }

    private static Instance reclaim(MortalHost host, Instance instance, String name) {
        return host.life().reclaim.reclaim(TestingHost.MEMBER, instance.id(), name);
    }

    private static void awaitPrepared(MortalHost host, Instance guest) {
        Lineage lineage = guest.epoch().lineage();
        MortalHosts.awaitThat("it to be prepared", () -> host.life().arrivals.of(lineage).stream()
                .anyMatch(arrival -> arrival.state() == ArrivalState.PREPARED));
    }

    private static long highest(MortalHost host, Instance guest) {
        return host.life().host.quarantine.newest(guest.epoch().lineage());
    }

    private ImageId copy(ImageId image, MortalHost to) {
        try (var data = a.images.open(TestingHost.MEMBER, image, false)) {
            return to.images
                    .add(TestingHost.MEMBER, NewImage.of("copy", DiskFormat.RAW, Map.of()), data.readAllBytes())
                    .id();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ErrorKind kindOf(Runnable refused) {
        ErrorKind[] kind = new ErrorKind[1];
        assertThatThrownBy(refused::run).isInstanceOfSatisfying(TresccadException.class, e -> kind[0] = e.kind());
        return kind[0];
    }
}
