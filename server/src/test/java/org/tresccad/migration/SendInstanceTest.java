package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.identity.ProjectId;
import org.tresccad.instance.FreezeInstance;
import org.tresccad.instance.GuestEvent;
import org.tresccad.instance.GuestEvent.Kind;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.instance.PrepareGuest;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Measurements;
import org.tresccad.job.Progress;
import org.tresccad.state.Database;
import org.tresccad.testing.TestingHost;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.PackageWorkers;

/** What becomes of the guest, and of what was begun at the destination, when the way there fails after the freeze. */
class SendInstanceTest {
    @TempDir
    private Path directory;

    private final TestingPeer peer = new TestingPeer();
    private TestingHost host;
    private Moves moves;
    private final Measured measured = new Measured();
    private volatile boolean diskIsFull;
    private MoveMode mode = MoveMode.PACKAGE;
    private Instance instance;
    private PrepareGuest telling;

    @BeforeEach
    void boot() {
        host = new TestingHost(directory);
        moves = new Moves(host.database);
        telling = host.prepareGuest(Duration.ofMinutes(1), Duration.ofMinutes(1));
        instance = host.boot("traveller");
        await("boot").until(() -> current().status() == InstanceStatus.ACTIVE);
    }

    @Test
    void whatWasSentIsMeasured() {
        peer.givesBack = true;
        Move ended = send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        await("the measurement").until(() -> measured.sentBytes.get() > 0);
        assertThat(measured.sentBytes).hasValue(ended.figures().bytesSent());
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void aPackageThatTravelsTooLongIsTakenBackAndNothingOfItStaysThere() {
        peer.uploadHangs = true;
        Move ended = send(new SendInstance.Patience(Duration.ofMillis(50), Duration.ofMinutes(1)));
        assertThat(ended.state()).isEqualTo(MoveState.WITHDRAWN);
        assertThat(ended.error().orElseThrow()).contains("migration.package_timeout");
        assertThatTheGuestRunsOn();
        assertThat(peer.images).isEmpty();
    }

    @Test
    void aMoveThatIsCancelledSaysWhoCancelledIt() {
        peer.uploadHangs = true;
        Cancellation cancellation = new Cancellation();
        // The upload is cut off by that, which the destination notices before it is asked again.
        peer.onArrival =
                () -> cancellation.reason().ifPresent(why -> peer.giveUp("The package could not be read to its end."));
        CompletableFuture<Void> cancelling = CompletableFuture.runAsync(() -> {
            await("the package to be sent").until(() -> !peer.images.isEmpty());
            cancellation.cancel("asked for by somebody");
        });
        Move ended = send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)), cancellation);
        cancelling.join();
        assertThat(ended.state()).isEqualTo(MoveState.WITHDRAWN);
        assertThat(ended.error().orElseThrow()).contains("asked for by somebody");
        assertThatTheGuestRunsOn();
        assertThat(peer.images).isEmpty();
    }

    @Test
    void aCancelDuringTheLastQuestionEndsTheMoveAndALaterOneIsRefused() {
        peer.givesBack = true;
        Cancellation cancellation = new Cancellation();
        peer.onArrival =
                () -> assertThat(cancellation.cancel("asked for by somebody")).isTrue();
        Move ended = send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)), cancellation);
        assertThat(ended.error().orElseThrow()).contains("asked for by somebody");
        Optional<Verdict> verdict = host.database
                .read(handle -> host.register.find(handle, ended.epoch()))
                .flatMap(Register.Entry::verdict);
        assertThat(verdict).contains(new Verdict.Withdrawn());
        assertThatTheGuestRunsOn();

        Cancellation committed = new Cancellation();
        committed.commit();
        assertThat(committed.cancel("asked for by somebody")).isFalse();
        assertThat(committed.reason()).isEmpty();
    }

    @Test
    void aDaemonThatStopsInTheMiddleLetsTheGuestRunFirst() {
        peer.uploadHangs = true;
        Thread mover = Thread.currentThread();
        CompletableFuture<Void> stopping = CompletableFuture.runAsync(() -> {
            await("the guest to be frozen")
                    .until(() -> host.hypervisor.state(instance.domain()).equals(Optional.of(DomainState.PAUSED))
                            && current().hardware().isPresent());
            mover.interrupt();
        });
        Move ended = send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        assertThat(Thread.interrupted())
                .as("the interrupt is kept for the caller")
                .isTrue();
        stopping.join();
        assertThat(ended.state()).isEqualTo(MoveState.WITHDRAWN);
        assertThatTheGuestRunsOn();
    }

    @Test
    void aDestinationThatIsNotPreparedInTimeLosesTheMove() {
        Move ended = send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMillis(50)));
        assertThat(ended.state()).isEqualTo(MoveState.WITHDRAWN);
        assertThat(ended.error().orElseThrow()).contains("did not prepare");
        assertThatTheGuestRunsOn();
    }

    @Test
    void aDestinationThatGivesThePackageUpDuringTheUploadIsAskedWhy() {
        peer.givesUp = Optional.of("libvirt does not answer");
        Move ended = send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        assertThat(ended.error().orElseThrow()).contains("libvirt does not answer");
        assertThatTheGuestRunsOn();
    }

    @Test
    void aDestinationThatRefusesTheRestoreKeepsNoImageOfIt() {
        peer.restoreRefusal = Optional.of(new TresccadException(ErrorKind.CONFLICT, "Quota exceeded there."));
        Move ended = send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        assertThat(ended.error()).contains("Quota exceeded there.");
        assertThatTheGuestRunsOn();
        assertThat(peer.images).isEmpty();
    }

    @Test
    @Timeout(50)
    void aGuestThatIsGivenBackDoesNotWaitForItsPackageToBeDeletedThere() {
        peer.givesBack = true;
        peer.keepsImages = true;
        Move ended = send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        assertThat(ended.state()).isEqualTo(MoveState.WITHDRAWN);
        assertThat(ended.isTold()).isFalse();
        assertThat(host.hypervisor.state(instance.domain())).contains(DomainState.RUNNING);
        peer.keepsImages = false;
        await("the package to be deleted")
                .until(() -> moves.find(ended.id()).orElseThrow().isTold());
        assertThat(peer.images).isEmpty();
    }

    @Test
    void aWithdrawalThatCouldNotBeWrittenIsWrittenLater() {
        peer.onRestore = () -> diskIsFull = true;
        peer.restoreRefusal = Optional.of(new TresccadException(ErrorKind.CONFLICT, "Quota exceeded there."));
        SendInstance.Patience patience = new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1));
        assertThatThrownBy(() -> send(patience)).hasMessage("The disk is full.");
        Move abandoned = moves.all().get(0);
        assertThat(abandoned.state()).isEqualTo(MoveState.FROZEN);
        diskIsFull = false;
        try (PackageWorkers workers = new PackageWorkers(1)) {
            engine(patience, workers).retry();
            await("the withdrawal")
                    .until(() -> moves.find(abandoned.id()).filter(Move::isTold).isPresent());
        }
        assertThat(moves.find(abandoned.id()).orElseThrow().state()).isEqualTo(MoveState.WITHDRAWN);
        await("the measurement").until(() -> measured.ends.equals(List.of("package SOURCE withdrawn")));
        assertThatTheGuestRunsOn();
        assertThat(peer.imagesWhenTold)
                .as("a restore that comes after the last word finds no package")
                .contains(Set.of());
    }

    @Test
    void anEpochThatTheDestinationHasRefusedBeforeTheFreezeIsNotUsedAgain() {
        mode = MoveMode.WARM;
        peer.restoreRefusal = Optional.of(new TresccadException(ErrorKind.CONFLICT, "Quota exceeded there."));
        SendInstance.Patience patience = new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1));
        assertThatThrownBy(() -> send(patience)).hasMessage("Quota exceeded there.");
        Move failed = moves.all().get(0);
        assertThat(failed.state()).isEqualTo(MoveState.FAILED);
        assertThat(failed.error()).contains("Quota exceeded there.");
        Optional<Verdict> verdict = host.database
                .read(handle -> host.register.find(handle, failed.epoch()))
                .flatMap(Register.Entry::verdict);
        assertThat(verdict).contains(new Verdict.Withdrawn());
        assertThatTheGuestRunsOn();
        await("the package to be deleted")
                .until(() -> moves.find(failed.id()).orElseThrow().isTold());
        assertThat(peer.images).isEmpty();
    }

    @Test
    void aGuestThatListensIsFrozenWhenItSaysThatItIsReady() {
        peer.restoreRefusal = Optional.of(new TresccadException(ErrorKind.CONFLICT, "Quota exceeded there."));
        host.guestListeners.open(instance.id());
        CompletableFuture<Void> answer = CompletableFuture.runAsync(() -> {
            await("the guest to be told").until(() -> !events().isEmpty());
            GuestEvent told = host.guestEvents.of(instance.id()).get(0);
            assertThat(told.departure().orElseThrow().destination()).contains("there");
            assertThat(host.hypervisor.calls()).noneMatch(call -> call.startsWith("freeze"));
            assertThat(moves.all().get(0).state()).isEqualTo(MoveState.CHECKED);
            telling.ready(instance.id(), told.number(), CompletableFuture.completedFuture(null));
        });
        send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        answer.join();
        assertThat(events()).containsExactly(Kind.PREPARE, Kind.FROZEN, Kind.THAWED);
        assertThatTheGuestRunsOn();
    }

    @Test
    void aMoveThatIsCancelledWhileTheGuestPreparesNeverFreezesItAndTheGuestIsTold() {
        Cancellation cancellation = new Cancellation();
        host.guestListeners.open(instance.id());
        CompletableFuture<Void> cancelling = CompletableFuture.runAsync(() -> {
            await("the guest to be told").until(() -> !events().isEmpty());
            cancellation.cancel("asked for by somebody");
        });
        assertThatThrownBy(() ->
                        send(new SendInstance.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)), cancellation))
                .hasMessageContaining("asked for by somebody");
        cancelling.join();
        assertThat(events()).containsExactly(Kind.PREPARE, Kind.CANCELLED);
        assertThat(host.hypervisor.calls()).noneMatch(call -> call.startsWith("freeze"));
        assertThat(host.hypervisor.state(instance.domain())).contains(DomainState.RUNNING);
    }

    private List<Kind> events() {
        return host.guestEvents.of(instance.id()).stream().map(GuestEvent::kind).toList();
    }

    private void assertThatTheGuestRunsOn() {
        assertThat(host.hypervisor.state(instance.domain())).contains(DomainState.RUNNING);
        assertThat(current().status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(current().task()).isEmpty();
        assertThat(current().epoch())
                .as("the withdrawn epoch is the source's")
                .isEqualTo(instance.epoch().next());
    }

    private Instance current() {
        return host.instances.find(instance.id()).orElseThrow();
    }

    private Move send(SendInstance.Patience patience) {
        return send(patience, new Cancellation());
    }

    private Move send(SendInstance.Patience patience, Cancellation cancellation) {
        Move move = new Move(
                MoveId.random(),
                instance.id(),
                instance.name(),
                instance.epoch().next(),
                UUID.randomUUID(),
                instance.project(),
                instance.user(),
                "there",
                MoveMode.PACKAGE,
                Move.Origin.API,
                Optional.empty(),
                MoveState.REQUESTED,
                Optional.empty(),
                Optional.empty(),
                false,
                Move.Figures.NONE,
                host.clock.instant(),
                Optional.empty());
        moves.insert(move);
        Move.Plan plan = new Move.Plan(mode, Duration.ofSeconds(1), Duration.ofSeconds(1), "asked for");
        Move checked = moves.update(move.planned(plan).in(MoveState.CHECKED, Optional.empty(), host.clock.instant()));
        try (PackageWorkers workers = new PackageWorkers(1)) {
            sending(patience, workers)
                    .send(
                            checked,
                            new InCommon(List.of(), BlockIndex.empty()),
                            peer,
                            new Underway(
                                    new Progress(),
                                    new BandwidthLimit(0, System::nanoTime, cancellation::await),
                                    Optional.empty(),
                                    cancellation),
                            new Turns(1).await(cancellation));
        }
        return moves.find(move.id()).orElseThrow();
    }

    private SendInstance sending(SendInstance.Patience patience, PackageWorkers workers) {
        FreezeInstance freezing = freezing();
        return new SendInstance(
                host.database,
                host.instances,
                moves,
                new SendAhead(host.hypervisor, host.files),
                telling,
                freezing,
                host.packing(workers),
                host.register,
                settling(freezing),
                toCloud(),
                host.jobs,
                patience,
                measured,
                host.clock);
    }

    private MoveEngine engine(SendInstance.Patience patience, PackageWorkers workers) {
        return new MoveEngine(
                host.instances,
                moves,
                new OnlyPeer(peer),
                new PrepareMove(
                        host.instances,
                        host.packing(workers),
                        host.contents,
                        host.shared,
                        host.files,
                        host.capacity,
                        moves),
                sending(patience, workers),
                settling(freezing()),
                toCloud(),
                host.locks,
                host.jobs,
                Duration.ofMinutes(1),
                measured,
                host.clock);
    }

    private MoveToCloud toCloud() {
        return new MoveToCloud(
                host.database, moves, host.register, new OnlyPeer(peer), Duration.ofMillis(10), host.clock);
    }

    private FreezeInstance freezing() {
        return new FreezeInstance(
                host.database.observedBy(new Database.Observer() {
                    @Override
                    public void beforeTransaction() {
                        if (diskIsFull) {
                            throw new TresccadException(ErrorKind.NO_SPACE, "The disk is full.");
                        }
                    }
                }),
                host.instances,
                host.register,
                host.hypervisor,
                host.specs,
                host.files,
                host.actions,
                host.quarantine,
                host.reclaims,
                host.locks,
                host.standStill,
                host.jobs,
                host.clock);
    }

    private SettleMove settling(FreezeInstance freezing) {
        return new SettleMove(
                host.database,
                host.instances,
                moves,
                host.register,
                freezing,
                host.delete,
                new OnlyPeer(peer),
                host.reclaims,
                host.quarantine,
                toCloud(),
                host.jobs,
                Duration.ofMillis(10),
                host.clock);
    }

    /** Writes down what is reported. */
    private static final class Measured implements Measurements {
        final List<String> ends = new CopyOnWriteArrayList<>();
        final AtomicLong sentBytes = new AtomicLong();

        @Override
        public void transferred(Direction direction, long bytes, Duration took) {
            assertThat(direction).isEqualTo(Direction.SENT);
            sentBytes.addAndGet(bytes);
        }

        @Override
        public void moveEnded(String mode, Side side, String outcome, Duration total, Optional<Duration> interruption) {
            ends.add(mode + " " + side + " " + outcome);
        }
    }

    /** Knows one destination, whatever its name. */
    private record OnlyPeer(Peer peer) implements Destinations {
        @Override
        public List<String> names(ProjectId project) {
            return List.of("there");
        }

        @Override
        public List<Destination> probe(ProjectId project) {
            return List.of(new Destination("there", "tresccad", true, ""));
        }

        @Override
        public Peer connect(ProjectId project, String name) {
            return peer;
        }
    }
}
