package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Verdict;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageStatus;
import org.tresccad.image.NewImage;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.testing.Life;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingHypervisor.Operation;
import org.tresccad.testing.TestingInternet.Fate;
import org.tresccad.vmpackage.AheadBlocks;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.MemberSink;
import org.tresccad.vmpackage.MemberSource;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageReader;
import org.tresccad.vmpackage.PackageWorkers;
import org.tresccad.vmpackage.PackageWriter;
import org.tresccad.vmpackage.Reference;

/** A guest as a package that its owner keeps: frozen on one host, restored there or on another. */
class SaveAndRestoreTest {
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
    void aSavedGuestIsAPackageAndNothingElse() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        assertThat(a.images.get(TestingHost.MEMBER, image).status()).isEqualTo(ImageStatus.ACTIVE);
        assertThat(a.images.get(TestingHost.MEMBER, image).properties())
                .containsEntry("tresccad_lineage", guest.epoch().lineage().toString());
        assertThat(a.domains.domains()).isEmpty();
        assertThat(a.life().host.network.ports()).isEmpty();
    }

    @Test
    void aSavedGuestGoesOnOnTheSameHost() {
        Instance guest = hosts.boot(a);
        restore(a, hosts.saved(a, guest));
        hosts.awaitQuiet("the restore");
        assertRuns(a, guest);
        assertThat(MortalHosts.on(a, guest).epoch()).isEqualTo(guest.epoch().next());
    }

    @Test
    void aSavedGuestGoesOnOnAnotherHostThatAsksTheHome() {
        Instance guest = hosts.boot(a);
        restore(b, copy(hosts.saved(a, guest), a, b));
        hosts.awaitQuiet("the restore");
        assertRuns(b, guest);
    }

    @Test
    void theGapIsFromTheFreezeToTheThaw() {
        Instance guest = hosts.boot(a);
        Instant before = Instant.now();
        ImageId image = hosts.saved(a, guest);
        Instant saved = Instant.now();
        restore(a, image);
        hosts.awaitQuiet("the restore");
        Thaw thaw = a.life()
                .arrivals
                .find(MortalHosts.on(a, guest).epoch())
                .orElseThrow()
                .thaw()
                .orElseThrow();
        assertThat(thaw.at()).isAfterOrEqualTo(saved.truncatedTo(ChronoUnit.MILLIS));
        assertThat(thaw.at().minus(thaw.gap()))
                .isBetween(before.truncatedTo(ChronoUnit.MILLIS), saved.truncatedTo(ChronoUnit.MILLIS));
    }

    @Test
    void aPackageThatWasBegunWhileItsGuestRanWasFrozenWhenTheRestOfItCame(@TempDir Path members) throws IOException {
        Instance guest = hosts.boot(a);
        byte[] begunEarly = withEmptyAhead(data(a, hosts.saved(a, guest)), members);
        restore(a, add(a, ImageId.random(), begunEarly));
        hosts.awaitQuiet("the restore");
        assertRuns(a, guest);
        Arrival arrival =
                a.life().arrivals.find(MortalHosts.on(a, guest).epoch()).orElseThrow();
        assertThat(arrival.frozenAt().orElseThrow())
                .isBetween(arrival.startedAt(), arrival.endedAt().orElseThrow());
    }

    @Test
    void aPackageGoesOnAtHomeThoughItsBaseImageWasDeleted() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        a.images.discard(a.base);
        assertThat(a.images.offers(TestingHost.MEMBER, guest.spec().base())).isTrue();
        restore(a, image);
        hosts.awaitQuiet("the restore");
        assertRuns(a, guest);
        a.images.discard(image);
        assertThat(a.images.offers(TestingHost.MEMBER, guest.spec().base())).isFalse();
    }

    @Test
    void aPrivateBaseImageOfAnotherProjectIsNotHere() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        byte[] base = data(a, a.base);
        ImageId copy = copy(image, a, b);
        b.images.discard(b.base);
        b.images.add(TestingHost.STRANGER, NewImage.of("base", DiskFormat.RAW, Map.of()), base);
        assertThatThrownBy(() -> restore(b, copy))
                .isInstanceOf(CannotRunHere.class)
                .hasMessageContaining("base image");

        b.images.add(TestingHost.MEMBER, NewImage.of("base", DiskFormat.RAW, Map.of()), base);
        restore(b, copy);
        hosts.awaitQuiet("the restore");
        assertRuns(b, guest);
    }

    @Test
    void aVerdictIsNotBelievedWhereNoMovePushedThePackage() {
        Instance guest = hosts.boot(a);
        ImageId image = copy(hosts.saved(a, guest), a, b);
        hosts.internet.decide(n -> Fate.REQUEST_LOST);
        restore(b, image);
        Epoch epoch = guest.epoch().next();
        Arrivals arrivals = b.life().arrivals;
        MortalHosts.awaitThat("b to be prepared", () -> arrivals.find(epoch)
                .filter(arrival -> arrival.state() == ArrivalState.PREPARED)
                .isPresent());
        Arrival prepared = arrivals.find(epoch).orElseThrow();
        for (Verdict verdict : List.of(new Verdict.Claimed(prepared.claimant()), new Verdict.Withdrawn())) {
            assertThatThrownBy(() -> b.life().conclude.told(epoch, prepared.nonce(), verdict))
                    .isInstanceOf(TresccadException.class)
                    .hasMessageContaining("did not come here by a move")
                    .extracting(e -> ((TresccadException) e).kind())
                    .isEqualTo(ErrorKind.CONFLICT);
        }
        assertThatThrownBy(() -> b.life().receive.cancel(epoch, "somebody says so"))
                .isInstanceOf(TresccadException.class);
        assertThat(arrivals.find(epoch).orElseThrow().state()).isEqualTo(ArrivalState.PREPARED);
        assertThat(hosts.watch.running()).isEmpty();

        hosts.internet.heal();
        hosts.awaitQuiet("the home's word");
        assertRuns(b, guest);
        assertThat(b.life()
                        .conclude
                        .told(epoch, prepared.nonce(), new Verdict.Withdrawn())
                        .state())
                .isEqualTo(ArrivalState.RUNNING);
    }

    @Test
    void aSavedGuestIsRestoredOnce() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        ImageId copy = copy(image, a, b);
        restore(a, image);
        hosts.awaitQuiet("the restore");
        restore(b, copy);
        hosts.awaitQuiet("the refusal");
        assertRuns(a, guest);
        Instance failed = b.life().host.instances.all().get(0);
        assertThat(failed.status()).isEqualTo(InstanceStatus.ERROR);
        assertThat(failed.fault().orElseThrow().message()).contains("given this epoch");
        assertThatThrownBy(() -> restore(a, image))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining("restored here before");
    }

    @Test
    void aPackageThatWasHandedOverIsRefusedAtHomeAtOnce() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        restore(b, copy(image, a, b));
        hosts.awaitQuiet("the restore");
        assertThatThrownBy(() -> restore(a, image))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining("restored elsewhere");
        assertThat(a.life().host.instances.all()).isEmpty();
        assertRuns(b, guest);
    }

    @Test
    void whatAnAdminSavesStaysTheOwners() {
        Instance guest = hosts.boot(a);
        ImageId image = a.life().save.save(TestingHost.ADMIN, guest.id());
        hosts.awaitQuiet("the save");
        assertThat(a.images.get(TestingHost.MEMBER, image).owner()).isEqualTo(guest.project());
        restore(a, image);
        hosts.awaitQuiet("the restore");
        assertRuns(a, guest);
    }

    @Test
    void aFailedUploadLetsTheGuestRunOn() {
        Instance guest = hosts.boot(a);
        a.images.failNextUpload(new IOException("The test fills the disk."));
        a.life().save.save(TestingHost.MEMBER, guest.id());
        hosts.awaitQuiet("the failure");
        hosts.assertOneRuns("the failure", guest);
        restore(a, hosts.saved(a, guest));
        hosts.awaitQuiet("a save and a restore after it");
        assertRuns(a, guest);
    }

    @Test
    void aGuestThatCannotBeFrozenRunsOn() {
        Instance guest = hosts.boot(a);
        a.life().host.hypervisor.refuseNext(Operation.FREEZE);
        a.life().save.save(TestingHost.MEMBER, guest.id());
        hosts.awaitQuiet("the failure");
        hosts.assertOneRuns("the failure", guest);
    }

    @Test
    void aGuestWhoseFreezeFailsAtItsVeryEndRunsOnAndHasNoPackage() {
        Instance guest = hosts.boot(a);
        a.life().host.hypervisor.failNextFreezeOnceWritten(SaveAndRestoreTest::letWhoFollowsTheMemoryGetToItsEnd);
        a.life().save.save(TestingHost.MEMBER, guest.id());
        hosts.awaitQuiet("the failure");
        hosts.assertOneRuns("the failure", guest);
        assertThat(a.packages()).isEmpty();
    }

    private static void letWhoFollowsTheMemoryGetToItsEnd() {
        new Cancellation().await(Duration.ofMillis(500));
    }

    @Test
    void aPausedGuestIsRestoredPaused() {
        Instance guest = hosts.boot(a);
        a.life().host.power.pause(TestingHost.MEMBER, guest.id());
        restore(a, hosts.saved(a, guest));
        hosts.awaitQuiet("the restore");
        Instance there = MortalHosts.on(a, guest);
        assertThat(there.status()).isEqualTo(InstanceStatus.PAUSED);
        assertThat(a.domains.state(there.domain())).contains(DomainState.PAUSED);
        a.life().host.power.unpause(TestingHost.MEMBER, there.id());
        assertRuns(a, guest);
    }

    @Test
    void aGuestThatIsOffIsNotSaved() {
        Instance guest = hosts.boot(a);
        a.domains.losePower();
        a.life().keepHouse();
        assertThatThrownBy(() -> a.life().save.save(TestingHost.MEMBER, guest.id()))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining("SHUTOFF");
    }

    @Test
    void aGuestWhoseAddressIsTakenGetsAnotherAndIsMadeToAsk() {
        Instance guest = hosts.boot(a);
        Ipv4 address =
                a.life().host.network.portOf(guest.holder()).orElseThrow().address();
        ImageId image = copy(hosts.saved(a, guest), a, b);
        takeAddress(b, address);
        restore(b, image);
        hosts.awaitQuiet("the restore");
        Instance there = MortalHosts.on(b, guest);
        assertThat(there.status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(b.life().host.network.portOf(there.holder()).orElseThrow().address())
                .isNotEqualTo(address);
        assertThat(b.life().host.hypervisor.calls())
                .containsSubsequence("resume " + there.domain(), "unplug " + there.domain(), "plug " + there.domain());
        assertThat(b.life().host.hypervisor.lastUnplugged())
                .as("long enough for a guest whose CPU does not run all the time to see it")
                .isGreaterThanOrEqualTo(EndArrival.LINK_DOWN);
    }

    @Test
    void aGuestWhoseLinkCannotBeMovedHasArrivedAllTheSame() {
        Instance guest = hosts.boot(a);
        Ipv4 address =
                a.life().host.network.portOf(guest.holder()).orElseThrow().address();
        ImageId image = copy(hosts.saved(a, guest), a, b);
        takeAddress(b, address);
        b.life().host.hypervisor.refuseNext(Operation.LINK);
        restore(b, image);
        hosts.awaitQuiet("the restore");
        assertRuns(b, guest);
    }

    private static void takeAddress(MortalHost host, Ipv4 address) {
        host.life().host.database.execute(transaction -> host.life()
                .host
                .network
                .allocate(
                        transaction,
                        "somebody",
                        "somebody",
                        Optional.of(new MacAddress("52:54:00:00:00:01")),
                        Optional.of(address)));
    }

    @Test
    void aDamagedPackageLeavesAFailedInstanceThatTellsWhyAndCanBeTriedAgain() throws IOException {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        byte[] data = data(a, image);
        ImageId torn = add(b, image, Arrays.copyOf(data, data.length - 600));
        restore(b, torn);
        hosts.awaitQuiet("the failure");
        Instance failed = b.life().host.instances.all().get(0);
        assertThat(failed.status()).isEqualTo(InstanceStatus.ERROR);
        assertThat(failed.fault()).isPresent();
        assertThat(b.life().host.network.ports()).isEmpty();
        assertThat(b.life().host.files.existing()).isEmpty();

        b.life().host.delete.discard(failed);
        restore(b, add(b, image, data));
        hosts.awaitQuiet("the restore");
        assertRuns(b, guest);
    }

    @Test
    void anOldCopyIsRefused() {
        Instance guest = hosts.boot(a);
        ImageId old = hosts.saved(a, guest);
        ImageId kept = copy(old, a, b);
        restore(a, old);
        hosts.awaitQuiet("the restore");
        ImageId newer = hosts.saved(a, guest);
        restore(b, copy(newer, a, b));
        hosts.awaitQuiet("the restore elsewhere");
        b.life().host.delete.discard(MortalHosts.on(b, guest));
        assertThatThrownBy(() -> restore(b, kept))
                .isInstanceOf(CannotRunHere.class)
                .hasMessageContaining("old copy");
    }

    @Test
    void aPackageThatNamesThisHostAndWasNeverMadeHereIsRefused() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        Life life = a.life();
        life.host.database.execute(transaction -> {
            transaction.execute("DROP TRIGGER handover_is_written_once");
            transaction.execute("DROP TRIGGER handover_is_kept");
            transaction.execute("UPDATE handover SET nonce = '00000000-0000-4000-8000-000000000000'");
        });
        restore(a, image);
        hosts.awaitQuiet("the refusal");
        assertThat(life.host.instances.all().get(0).fault().orElseThrow().message())
                .contains("never opened");
        assertThat(hosts.watch.running()).isEmpty();
    }

    @Test
    void aClaimWhoseAnswerIsLostIsAskedForAgain() {
        Instance guest = hosts.boot(a);
        ImageId image = copy(hosts.saved(a, guest), a, b);
        hosts.internet.decide(n -> n < 2 ? Fate.ANSWER_LOST : Fate.ANSWERED);
        restore(b, image);
        hosts.awaitQuiet("the third answer");
        assertRuns(b, guest);
    }

    @Test
    void aTargetThatStopsAfterItsClaimGoesOnWithItWhenItIsBack() {
        Instance guest = hosts.boot(a);
        ImageId image = copy(hosts.saved(a, guest), a, b);
        hosts.internet.decide(n -> Fate.ANSWER_LOST);
        restore(b, image);
        Epoch epoch = guest.epoch().next();
        MortalHosts.awaitThat(
                "the claim",
                () -> a.life().host.database.read(h -> a.life().host.register.find(h, epoch)).stream()
                        .anyMatch(e -> e.verdict()
                                .filter(v -> v instanceof Verdict.Claimed)
                                .isPresent()));
        // Not killed: the jobs end in their own way, as at SIGTERM.
        b.life().host.jobs.close();
        b.end(false);
        hosts.internet.heal();
        b.revive().recover();
        hosts.awaitQuiet("the second life");
        assertRuns(b, guest);
    }

    @Test
    void aClaimIsKeptForTheNextTryOnTheSameHost() {
        Instance guest = hosts.boot(a);
        ImageId image = copy(hosts.saved(a, guest), a, b);
        hosts.internet.decide(n -> Fate.ANSWER_LOST);
        restore(b, image);
        Epoch epoch = guest.epoch().next();
        MortalHosts.awaitThat(
                "the claim",
                () -> a.life().host.database.read(h -> a.life().host.register.find(h, epoch)).stream()
                        .anyMatch(e -> e.verdict().isPresent()));
        b.end(true);
        hosts.internet.heal();
        Life next = b.revive();
        next.host.hypervisor.refuseNext(Operation.RESTORE);
        next.recover();
        hosts.awaitQuiet("the failure");
        next.host.delete.discard(next.host.instances.all().get(0));
        restore(b, image);
        hosts.awaitQuiet("the second try");
        assertRuns(b, guest);
    }

    @Test
    void aSaveCutOffAtAnyPointIsTakenBackOrWhole() {
        for (boolean withPowerLoss : List.of(false, true)) {
            boolean hasDied = true;
            for (int point = 0; hasDied; point++) {
                Instance guest = hosts.boot(a);
                a.life().points.dieAt(point);
                MortalHosts.unlessItDies(() -> a.life().save.save(TestingHost.MEMBER, guest.id()));
                hosts.awaitDeathOr(
                        "point " + point, () -> a.life().host.instances.all().isEmpty());
                String story =
                        "a dies at point " + point + " of " + a.life().points.passed();
                hasDied = a.life().points.isDead();
                a.life().points.dieAt(Integer.MAX_VALUE);
                a.end(withPowerLoss && hasDied);
                a.revive().recover();
                hosts.awaitQuiet(story);
                assertHereOrSaved(story, guest, withPowerLoss);
            }
        }
    }

    @Test
    void aRestoreCutOffAtAnyPointCanBeDoneAgain() {
        for (boolean withPowerLoss : List.of(false, true)) {
            boolean hasDied = true;
            for (int point = 0; hasDied; point++) {
                Instance guest = hosts.boot(a);
                ImageId image = copy(hosts.saved(a, guest), a, b);
                b.life().points.dieAt(point);
                MortalHosts.unlessItDies(() -> restore(b, image));
                hosts.awaitDeathOr("point " + point, () -> hosts.isQuiet());
                String story =
                        "b dies at point " + point + " of " + b.life().points.passed();
                hasDied = b.life().points.isDead();
                b.life().points.dieAt(Integer.MAX_VALUE);
                b.end(withPowerLoss && hasDied);
                b.revive().recover();
                hosts.awaitQuiet(story);
                if (b.life().host.instances.find(guest.epoch().lineage()).isEmpty()) {
                    b.life().host.instances.all().forEach(b.life().host.delete::discard);
                    restore(b, image);
                    hosts.awaitQuiet(story + ", and again");
                }
                hosts.assertOneHasIt(story, guest);
                if (!withPowerLoss) {
                    assertRuns(b, guest);
                }
                hosts.forget(guest);
            }
        }
    }

    private void assertHereOrSaved(String story, Instance guest, boolean withPowerLoss) {
        boolean isHere = a.life().host.instances.find(guest.epoch().lineage()).isPresent();
        if (isHere && withPowerLoss) {
            hosts.assertOneHas(story, guest);
        } else if (isHere) {
            hosts.assertOneRuns(story, guest);
        } else {
            ImageId image = a.packages().get(0).id();
            restore(a, image);
            hosts.awaitQuiet(story);
            assertRuns(a, guest);
        }
        hosts.forget(guest);
    }

    private void assertRuns(MortalHost host, Instance guest) {
        assertThat(hosts.watch.violations()).isEmpty();
        assertThat(MortalHosts.on(host, guest).status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(hosts.watch.running()).containsExactly(guest.name());
    }

    /** The same package as a warm move writes it, when nothing was worth being sent ahead. */
    private static byte[] withEmptyAhead(byte[] packed, Path directory) throws IOException {
        try (PackageWorkers workers = new PackageWorkers(1)) {
            PackageReader reader =
                    PackageReader.open(new ByteArrayInputStream(packed), PackageLimits.STANDARD, workers);
            Map<Member, MemberSink> sinks = new EnumMap<>(Member.class);
            Map<Member, MemberSource> sources = new EnumMap<>(Member.class);
            for (Member member : reader.manifest().members()) {
                Path file = directory.resolve(member.fileName());
                sinks.put(member, MemberSink.file(file, MemberSink.Durability.CACHED));
                sources.put(member, MemberSource.file(file));
            }
            reader.extract(sinks, new Progress(), new Cancellation());

            Manifest manifest = reader.manifest().relativeTo(List.of(new Reference.Ahead()));
            PackageWriter writer = new PackageWriter(workers);
            AheadBlocks ahead = writer.ahead(manifest, BlockIndex.empty(), PackageLimits.STANDARD);
            ahead.close();
            sources.put(Member.AHEAD, ahead);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            writer.write(manifest, sources, BlockIndex.empty(), out, new Progress(), new Cancellation());
            return out.toByteArray();
        }
    }

    private static void restore(MortalHost host, ImageId image) {
        host.life().restore.restore(TestingHost.MEMBER, image, Optional.empty());
    }

    private static ImageId copy(ImageId image, MortalHost from, MortalHost to) {
        return add(to, image, data(from, image));
    }

    private static byte[] data(MortalHost host, ImageId image) {
        try {
            return Files.readAllBytes(
                    host.images.content(TestingHost.MEMBER, image).path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ImageId add(MortalHost host, ImageId original, byte[] data) {
        NewImage request = NewImage.of("copy of " + original, DiskFormat.RAW, Map.of());
        ImageId id = host.images.create(TestingHost.MEMBER, request).id();
        try {
            host.images.upload(
                    TestingHost.MEMBER, id, new ByteArrayInputStream(data), new Progress(), new Cancellation());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return id;
    }
}
