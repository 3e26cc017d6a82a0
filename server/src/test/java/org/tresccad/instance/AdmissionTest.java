package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.Platform;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.NewImage;
import org.tresccad.image.StoredContent;
import org.tresccad.migration.MoveState;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingInternet.Fate;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Reference;

/** What a destination says before the freeze, and what it promises. */
class AdmissionTest {
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
    void aFullQuotaIsToldBeforeTheFreeze() {
        for (int number = 0; number < b.life().host.quotas.instances(); number++) {
            b.boot("other" + number);
        }
        Instance guest = hosts.boot(a);
        assertThat(subjects(b.life().admission.check(TestingHost.MEMBER, manifest(guest))))
                .contains("quota");

        hosts.move(a, b, guest);
        MortalHosts.awaitThat("the refusal", () -> a.life().moves.all().get(0).state() == MoveState.FAILED);
        assertThat(a.life().moves.all().get(0).error().orElseThrow()).contains("Quota exceeded");
        assertThat(a.life().host.hypervisor.calls()).noneMatch(call -> call.startsWith("freeze"));
    }

    @Test
    void aReaderIsToldThatItMayNotComeAndIsPromisedNothing() {
        Instance guest = hosts.boot(a);
        long free = b.life().host.capacity.freeMemoryMib();
        assertThat(subjects(b.life().admission.reserve(TestingHost.READER, manifest(guest), 0)))
                .containsExactly("rights");
        assertThat(b.life().host.capacity.freeMemoryMib()).isEqualTo(free);
    }

    @Test
    void aHomeThatNobodyThereCouldAskIsTold() {
        Instance guest = hosts.boot(a);
        Manifest known = manifest(guest);
        Manifest.Identity identity = known.identity();
        Manifest foreign = with(
                known,
                new Manifest.Identity(
                        identity.lineage(),
                        identity.epoch(),
                        identity.nonce(),
                        new Manifest.Home("tresccad", UUID.randomUUID(), "lost")),
                known.hardware());
        assertThat(subjects(b.life().admission.check(TestingHost.MEMBER, foreign)))
                .containsExactly("home");
    }

    @Test
    void aCpuOrAQemuThatIsNotThereIsToldBeforeTheFreeze() {
        Manifest known = manifest(hosts.boot(a));
        assertThat(subjects(b.life().admission.check(TestingHost.MEMBER, on(known, "popcnt", "7.2.0"))))
                .isEmpty();
        assertThat(subjects(b.life().admission.check(TestingHost.MEMBER, on(known, "popcnt", "7.2.99"))))
                .as("another update of the same release")
                .isEmpty();
        Preflight.Answer refused = b.life().admission.check(TestingHost.MEMBER, on(known, "avx512f", "10.0.2"));
        assertThat(subjects(refused)).containsExactly("cpu", "qemu_version");
        assertThat(refused.reasons().get(0).message()).contains("qemu64", "avx512f");
        assertThat(refused.reasons().get(1).message()).contains("10.0", "7.2");
        assertThat(subjects(b.life().admission.check(TestingHost.MEMBER, on(known, "popcnt", "of another vendor"))))
                .as("a version that nobody can compare")
                .isEmpty();
    }

    @Test
    void aHostThatIsToldToTriesTheMemoryOfANewerQemu() {
        TestingHost host = b.life().host;
        Preflight trying = host.preflight(host.database, true);
        Manifest newer = on(manifest(hosts.boot(a)), "avx512f", "10.0.2");
        assertThat(trying.reasons(TestingHost.MEMBER, newer))
                .extracting(Preflight.Reason::subject)
                .containsExactly("cpu");
    }

    @Test
    void aPackageThatIsBeingRestoredThereIsToldToBe() {
        Instance guest = hosts.boot(a);
        Manifest manifest = manifest(guest);
        ImageId image = hosts.saved(a, guest);
        assertThat(subjects(b.life().admission.check(TestingHost.MEMBER, manifest)))
                .isEmpty();
        ImageId copy = copy(image);
        hosts.internet.decide(number -> Fate.REQUEST_LOST);
        b.life().restore.restore(TestingHost.MEMBER, copy, Optional.empty());
        MortalHosts.awaitThat("b to be prepared", () -> b.life().arrivals.unfinished().stream()
                .anyMatch(arrival -> arrival.state() == ArrivalState.PREPARED));
        assertThat(subjects(b.life().admission.check(TestingHost.MEMBER, manifest)))
                .contains("epoch", "lineage");
        hosts.internet.heal();
        hosts.awaitQuiet("the restore");
    }

    @Test
    void ofTwoThatFitEachButNotBothTheSecondIsTold() {
        Manifest first = manifest(hosts.boot(a));
        Manifest second = manifest(hosts.boot(a));
        Admission there = b.life().admission;
        long most = b.life().host.capacity.freeDiskBytes() * 6 / 10;
        assertThat(subjects(there.check(TestingHost.MEMBER, first))).isEmpty();
        assertThat(subjects(there.reserve(TestingHost.MEMBER, first, most))).isEmpty();
        assertThat(subjects(there.reserve(TestingHost.MEMBER, second, most))).containsExactly("room");
        assertThat(subjects(there.reserve(TestingHost.MEMBER, first, most)))
                .as("asking again")
                .isEmpty();

        there.giveUp(a.life().host.instances.all().get(1).epoch().next(), UUID.randomUUID());
        assertThat(subjects(there.reserve(TestingHost.MEMBER, second, most)))
                .as("given up by somebody else")
                .containsExactly("room");
        there.giveUp(epoch(first), first.identity().nonce());
        assertThat(subjects(there.reserve(TestingHost.MEMBER, second, most))).isEmpty();
    }

    @Test
    void aSourceWithoutRoomForTheMemoryIsToldBeforeTheFreeze() {
        Instance guest = hosts.boot(a);
        hosts.boot(b);
        // The second has another MAC address than the one here.
        Instance other = hosts.boot(b);
        Manifest coming = b.life().pack.describe(other, other.epoch().next(), UUID.randomUUID());
        long memory = (long) guest.spec().flavor().memoryMib() << 20;
        long most = a.life().host.capacity.freeDiskBytes() - memory - memory / 2;
        assertThat(subjects(a.life().admission.reserve(TestingHost.MEMBER, coming, most)))
                .isEmpty();

        assertThat(a.life().check.check(TestingHost.MEMBER, guest.id(), "c").reasons())
                .extracting(Preflight.Reason::subject)
                .containsExactly("source_room");
        hosts.move(a, hosts.c, guest);
        MortalHosts.awaitThat("the refusal", () -> a.life().moves.all().get(0).state() == MoveState.FAILED);
        assertThat(a.life().moves.all().get(0).error().orElseThrow()).contains("Not enough disk");
        assertThat(a.life().host.hypervisor.calls()).noneMatch(call -> call.startsWith("freeze"));
    }

    @Test
    void nobodyBringsAnEpochOfAnotherProjectsInstance() {
        Instance guest = hosts.boot(a);
        Manifest own = manifest(guest);
        Manifest.Identity identity = own.identity();
        Manifest foreign = with(
                own,
                new Manifest.Identity(
                        identity.lineage(), 1L << 40, UUID.randomUUID(), new Manifest.Home("tresccad", b.hostId, "b")),
                own.hardware());
        hosts.saved(a, guest);
        assertThat(a.life().admission.check(TestingHost.STRANGER, foreign).reasons())
                .extracting(Preflight.Reason::message)
                .anyMatch(message -> message.contains("belongs to another project"));
        assertThat(subjects(a.life().admission.check(TestingHost.MEMBER, foreign)))
                .as("its owner's came back from elsewhere")
                .isEmpty();
    }

    @Test
    void aMoveThatFailsGivesItsRoomBackAndOneThatArrivesKeepsNone() {
        long free = b.life().host.capacity.freeMemoryMib();
        Instance guest = hosts.boot(a);
        b.images.discard(b.base);
        b.images.failNextUpload(new IOException("The test cuts the line."));
        hosts.move(a, b, guest);
        MortalHosts.awaitThat("the failure", () -> a.life().moves.all().get(0).state() == MoveState.FAILED);
        assertThat(b.life().host.capacity.freeMemoryMib()).isEqualTo(free);
    }

    @Test
    void anArrivalTakesOverWhatWasPromisedToIt() {
        long free = b.life().host.capacity.freeMemoryMib();
        Instance guest = hosts.boot(a);
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the move");
        assertThat(b.life().host.capacity.freeMemoryMib())
                .isEqualTo(free - guest.spec().flavor().memoryMib());
        assertThat(b.life().host.reservations.diskBytes(Optional.empty())).isZero();
    }

    @Test
    void promisesAreKeptFromThoseWhoBootMeanwhile() {
        Quotas few = new Quotas(1, 20, 51_200, 100, 128);
        Quotas.Usage promised = new Quotas.Usage(1, 1, 64);
        assertThatThrownBy(() -> few.check(promised, Quotas.Usage.of(TestingHost.TINY, 1)))
                .isInstanceOf(TresccadException.class);
        few.check(Quotas.Usage.NONE, Quotas.Usage.of(TestingHost.TINY, 1));
    }

    @Test
    void whatAnInstanceOfTheProjectStandsOnIsThereForItsOthersToReferTo() {
        Instance guest = hosts.boot(a);
        hosts.move(a, b, guest);
        hosts.awaitQuiet("the move");
        b.images.discard(b.base);
        StoredContent base = b.life().host.contents.find(guest.spec().base()).orElseThrow();
        Reference content = new Reference.Content(base.digest(), base.sizeBytes());
        Manifest other = manifest(hosts.boot(a)).relativeTo(List.of(content));

        assertThat(b.life().admission.check(TestingHost.MEMBER, other).missing())
                .isEmpty();
        assertThat(b.life().admission.check(TestingHost.STRANGER, other).missing())
                .containsExactly(0);
    }

    @Test
    void anInstanceStandsOnItsBaseKernelAndRamdisk() {
        ContentDigest kernel = digest("1");
        ContentDigest ramdisk = digest("2");
        InstanceSpec disk = hosts.boot(a).spec();
        InstanceSpec direct = new InstanceSpec(
                disk.hostname(),
                disk.flavor(),
                disk.image(),
                disk.base(),
                disk.diskBytes(),
                Optional.of(new InstanceSpec.KernelBoot(kernel, Optional.of(ramdisk), "")),
                disk.key(),
                disk.userData(),
                disk.platform());
        assertThat(List.of(disk.base(), kernel, ramdisk)).allMatch(direct::standsOn);
        assertThat(direct.standsOn(digest("3"))).isFalse();
        assertThat(disk.standsOn(kernel)).isFalse();
    }

    private static ContentDigest digest(String digit) {
        return new ContentDigest(digit.repeat(128));
    }

    private ImageId copy(ImageId image) {
        try (var data = a.images.open(TestingHost.MEMBER, image, false)) {
            return b.images
                    .add(TestingHost.MEMBER, NewImage.of("copy", DiskFormat.RAW, Map.of()), data.readAllBytes())
                    .id();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Manifest manifest(Instance guest) {
        return a.life().pack.describe(guest, guest.epoch().next(), UUID.randomUUID());
    }

    private static Manifest on(Manifest manifest, String cpuFeature, String qemuVersion) {
        Manifest.Hardware known = manifest.hardware();
        Platform platform = known.platform();
        CpuModel cpu = new CpuModel(platform.cpu().name(), Set.of(cpuFeature), Set.of("svm"));
        return with(
                manifest,
                manifest.identity(),
                new Manifest.Hardware(
                        new Platform(platform.virtType(), platform.architecture(), platform.machine(), cpu),
                        known.vcpus(),
                        known.memoryMib(),
                        known.firmware(),
                        known.commandLine(),
                        known.diskBytes(),
                        known.nics(),
                        qemuVersion,
                        known.libvirtVersion()));
    }

    private static Manifest with(Manifest manifest, Manifest.Identity identity, Manifest.Hardware hardware) {
        return new Manifest(
                identity,
                manifest.createdAt(),
                manifest.generator(),
                manifest.guest(),
                hardware,
                manifest.baseImage(),
                manifest.members());
    }

    private static Epoch epoch(Manifest manifest) {
        return new Epoch(
                new Lineage(manifest.identity().lineage()), manifest.identity().epoch());
    }

    private static List<String> subjects(Preflight.Answer answer) {
        return answer.reasons().stream().map(Preflight.Reason::subject).toList();
    }
}
