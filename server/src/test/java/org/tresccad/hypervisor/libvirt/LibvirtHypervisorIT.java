package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.hypervisor.DomainXml;
import org.tresccad.hypervisor.FrozenDomain;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.hypervisor.IncomingMemory;
import org.tresccad.hypervisor.NoSuchDomain;
import org.tresccad.hypervisor.SaveImageHeader;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.hypervisor.SplicedMemory;

/** The hypervisor with a real libvirtd and real guests; see {@link ItHost} for where it runs. */
@Timeout(600)
final class LibvirtHypervisorIT {
    private static final Duration CALL_TIMEOUT = Duration.ofMinutes(1);

    @TempDir
    static Path directory;

    private static ItHost host;
    private static LibvirtHypervisor hypervisor;
    private static Optional<DomainSpec> shared = Optional.empty();
    private static final List<DomainName> stopped = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void connect() {
        host = new ItHost(directory);
        hypervisor = open(CALL_TIMEOUT);
        hypervisor.onStopped(stopped::add);
        hypervisor.capabilities();
    }

    /** Leaves the shared guest running and nothing else. */
    @AfterEach
    void destroyOthers() {
        await("libvirt to answer")
                .atMost(Duration.ofMinutes(3))
                .ignoreExceptions()
                .until(() -> {
                    hypervisor.domains().stream()
                            .filter(name ->
                                    shared.isEmpty() || !shared.get().name().equals(name))
                            .forEach(hypervisor::destroy);
                    shared.ifPresent(spec -> hypervisor.resume(spec.name()));
                    return hypervisor.domains().size() == shared.stream().count();
                });
    }

    @AfterAll
    static void close() {
        shared.ifPresent(spec -> hypervisor.destroy(spec.name()));
        hypervisor.close();
    }

    @Test
    void aGuestCountsOnItsConsoleUntilItIsDestroyed() {
        DomainSpec spec = host.newGuest("<name> & 'title' \u2603\u0001\n]]>");
        hypervisor.start(spec);
        assertThat(hypervisor.state(spec.name())).contains(DomainState.RUNNING);
        assertThat(hypervisor.domains()).contains(spec.name());
        ItHost.awaitTicks(spec, 2);
        hypervisor.destroy(spec.name());
        assertThat(hypervisor.state(spec.name())).isEmpty();
        assertThat(hypervisor.domains()).doesNotContain(spec.name());
        hypervisor.destroy(spec.name());
        await("the listener to be told").until(() -> stopped.contains(spec.name()));
    }

    @Test
    void aGuestOfTheNewPlatformStarts() {
        DomainSpec guest = host.newGuest("new");
        DomainSpec spec = with(guest, 2, guest.nics());
        hypervisor.start(spec);
        ItHost.awaitTicks(spec, 1);
    }

    @Test
    void aPausedGuestStandsStill() {
        DomainSpec spec = shared();
        hypervisor.pause(spec.name());
        hypervisor.pause(spec.name());
        assertThat(hypervisor.state(spec.name())).contains(DomainState.PAUSED);
        long before = ItHost.ticks(spec);
        await("nothing to be counted")
                .during(Duration.ofSeconds(2))
                .atMost(Duration.ofMinutes(1))
                .until(() -> ItHost.ticks(spec) == before);
        hypervisor.resume(spec.name());
        hypervisor.resume(spec.name());
        assertThat(hypervisor.state(spec.name())).contains(DomainState.RUNNING);
        ItHost.awaitTicks(spec, 1);
    }

    @Test
    void aFrozenGuestGoesOnWhereItWas() {
        DomainSpec spec = shared();
        Path memory = host.memoryFile();
        long start = System.nanoTime();
        FrozenDomain frozen = hypervisor.freeze(spec.name(), memory, stopped -> {});
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(CALL_TIMEOUT);
        assertThat(frozen.wasRunning()).isTrue();
        assertThat(frozen.hardware().devices()).containsKeys("disk:vda", "nic:0", "memballoon", "rng");
        assertThat(frozen.hardware().cpu()).isPresent();
        assertThat(memory).isNotEmptyFile();
        assertThat(hypervisor.state(spec.name())).contains(DomainState.PAUSED);
        long before = ItHost.ticks(spec);
        hypervisor.resume(spec.name());
        ItHost.awaitTicks(spec, 2);
        assertThat(ItHost.console(spec)).contains("tick " + (before + 1));
    }

    @Test
    void memoryResumesUnderAnotherNameOnAnotherDiskAndNetwork() {
        DomainSpec spec = running();
        Path memory = host.memoryFile();
        FrozenDomain frozen = hypervisor.freeze(spec.name(), memory, stopped -> {});
        long before = ItHost.ticks(spec);
        hypervisor.destroy(spec.name());
        DomainSpec moved = host.elsewhere(spec, frozen.hardware());
        hypervisor.restorePaused(moved, memory);
        assertThat(hypervisor.state(moved.name())).contains(DomainState.PAUSED);
        assertThat(hypervisor.domains()).contains(moved.name()).doesNotContain(spec.name());
        assertThat(ItHost.console(moved)).doesNotContain("tick");
        hypervisor.resume(moved.name());
        await("the guest to go on").until(() -> ItHost.ticks(moved) > before);
        assertThat(ItHost.console(moved)).contains("tick " + (before + 1)).doesNotContain("tick " + before + "\r");
        Path again = host.memoryFile();
        FrozenDomain frozenAgain = hypervisor.freeze(moved.name(), again, stopped -> {});
        assertThat(frozenAgain.hardware()).isEqualTo(frozen.hardware());
        hypervisor.destroy(moved.name());
        DomainSpec back = host.elsewhere(moved, frozenAgain.hardware());
        hypervisor.restorePaused(back, again);
        hypervisor.resume(back.name());
        ItHost.awaitTicks(back, 1);
    }

    @Test
    void oneMemoryFileRestoresTwice() throws IOException {
        DomainSpec spec = running();
        Path memory = host.memoryFile();
        FrozenDomain frozen = hypervisor.freeze(spec.name(), memory, stopped -> {});
        hypervisor.destroy(spec.name());
        DomainSpec first = host.elsewhere(spec, frozen.hardware());
        DomainSpec second = host.elsewhere(spec, frozen.hardware());
        hypervisor.restorePaused(first, memory);
        hypervisor.destroy(first.name());
        hypervisor.restorePaused(second, memory);
        hypervisor.resume(second.name());
        ItHost.awaitTicks(second, 1);
    }

    @Test
    void aGuestThatAFreezeStoppedCanBeFrozenAgain() throws IOException {
        DomainSpec spec = shared();
        Path memory = host.memoryFile();
        hypervisor.freeze(spec.name(), memory, stopped -> {});
        assertThatThrownBy(() -> hypervisor.freeze(spec.name(), memory, stopped -> {}))
                .isInstanceOf(HypervisorRefused.class);
        Files.delete(memory);
        assertThat(hypervisor.freeze(spec.name(), memory, stopped -> {}).wasRunning())
                .isTrue();
        assertThat(memory).isNotEmptyFile();
        hypervisor.resume(spec.name());
        ItHost.awaitTicks(spec, 1);
    }

    @Test
    void aGuestThatItsUserPausedIsNeverLetRun() {
        DomainSpec spec = shared();
        hypervisor.pause(spec.name());
        long before = ItHost.ticks(spec);
        assertThat(hypervisor
                        .freeze(spec.name(), host.memoryFile(), stopped -> {})
                        .wasRunning())
                .isFalse();
        Path second = host.memoryFile();
        assertThatThrownBy(() -> hypervisor.freeze(spec.name(), second, stopped -> {}))
                .isInstanceOf(HypervisorRefused.class)
                .hasMessageContaining("resume it");
        assertThat(second).doesNotExist();
        assertThat(hypervisor.state(spec.name())).contains(DomainState.PAUSED);
        assertThat(ItHost.ticks(spec)).isEqualTo(before);
    }

    @Test
    void onAFullDiskTheGuestRunsOnAndNoFileIsLeft() throws IOException {
        DomainSpec spec = shared();
        Path small = Files.createDirectory(directory.resolve("small"));
        ItHost.run("mount", "-t", "tmpfs", "-o", "size=20m", "none", small.toString());
        try {
            assertThatThrownBy(() -> hypervisor.freeze(spec.name(), small.resolve("memory"), stopped -> {}))
                    .isInstanceOfSatisfying(
                            TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NO_SPACE));
            assertThat(small).isEmptyDirectory();
        } finally {
            ItHost.run("umount", small.toString());
        }
        assertThat(hypervisor.state(spec.name())).contains(DomainState.RUNNING);
        ItHost.awaitTicks(spec, 1);
        assertThat(hypervisor
                        .freeze(spec.name(), host.memoryFile(), stopped -> {})
                        .wasRunning())
                .isTrue();
    }

    @Test
    void aGuestThatDiedInAFreezeAndWasStartedAgainCanBeFrozen() {
        DomainSpec spec = started();
        Path memory = host.memoryFile();
        assertThatThrownBy(() -> hypervisor.freeze(spec.name(), memory, frozen -> killQemu(spec)))
                .isInstanceOf(TresccadException.class);
        await("libvirt to see it").until(() -> hypervisor.state(spec.name()).isEmpty());
        hypervisor.start(spec);
        ItHost.awaitTicks(spec, 1);

        hypervisor.freeze(spec.name(), memory, frozen -> {});
        hypervisor.resume(spec.name());
        ItHost.awaitTicks(spec, 1);
    }

    @Test
    void damagedMemoryIsRefusedAndNothingIsLeftRunning() throws IOException {
        DomainSpec spec = running();
        Path memory = host.memoryFile();
        FrozenDomain frozen = hypervisor.freeze(spec.name(), memory, stopped -> {});
        hypervisor.destroy(spec.name());
        DomainSpec moved = host.elsewhere(spec, frozen.hardware());
        Path cut = host.memoryFile();
        Files.copy(memory, cut);
        try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
        assertThatThrownBy(() -> hypervisor.restorePaused(moved, cut))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT));
        Path hostile = host.memoryFile();
        Files.copy(memory, hostile);
        try (RandomAccessFile file = new RandomAccessFile(hostile.toFile(), "rw")) {
            file.seek(20);
            file.writeInt(-1);
        }
        assertThatThrownBy(() -> hypervisor.restorePaused(moved, hostile))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT));
        assertThat(hypervisor.domains()).doesNotContain(moved.name());
        hypervisor.restorePaused(moved, memory);
        hypervisor.resume(moved.name());
        ItHost.awaitTicks(moved, 1);
    }

    @Test
    void memoryIsTakenInWhileItArrives() throws IOException {
        DomainSpec spec = running();
        Path memory = host.memoryFile();
        FrozenDomain frozen = hypervisor.freeze(spec.name(), memory, stopped -> {});
        long before = ItHost.ticks(spec);
        hypervisor.destroy(spec.name());
        DomainSpec moved = host.elsewhere(spec, frozen.hardware());
        Path pipe = host.memoryFile();
        try (IncomingMemory incoming = hypervisor.restoreIncoming(moved, pipe)) {
            write(incoming, Files.readAllBytes(memory));
            assertThat(ItHost.console(moved)).doesNotContain("tick");
            incoming.complete();
        }
        assertThat(hypervisor.state(moved.name())).contains(DomainState.PAUSED);
        hypervisor.resume(moved.name());
        await("the guest to go on").until(() -> ItHost.ticks(moved) > before);
        assertThat(ItHost.console(moved)).contains("tick " + (before + 1)).doesNotContain("tick " + before + "\r");
        DomainSpec again = host.elsewhere(spec, frozen.hardware());
        assertThatThrownBy(() -> hypervisor.restorePaused(again, pipe)).isInstanceOf(HypervisorRefused.class);
    }

    @Test
    void memoryOfARunningGuestIsTakenInBeforeItIsFrozenAndItsDiskAfterIt() throws IOException {
        DomainSpec spec = running();
        Path copy = host.memoryFile();
        hypervisor.copyMemory(spec.name(), copy);
        SavedHardware hardware =
                DomainXml.readHardware(SaveImageHeader.read(copy).xml());
        DomainSpec moved = host.elsewhere(spec, hardware);
        Path disk = moved.disks().get(0).path();
        try (SplicedMemory incoming = new SplicedMemory(hypervisor.restoreIncoming(moved, host.memoryFile()))) {
            inPieces(Files.readAllBytes(copy), incoming::writeFirst);
            incoming.endFirst();
            ItHost.awaitTicks(spec, 2);

            Path memory = host.memoryFile();
            FrozenDomain frozen = hypervisor.freeze(spec.name(), memory, stopped -> {});
            assertThat(frozen.hardware()).isEqualTo(hardware);
            long before = ItHost.ticks(spec);
            // The same file, which QEMU has open, with other content.
            Files.write(disk, Files.readAllBytes(spec.disks().get(0).path()), StandardOpenOption.TRUNCATE_EXISTING);
            hypervisor.destroy(spec.name());
            inPieces(Files.readAllBytes(memory), incoming::writeSecond);
            incoming.complete();
            assertThat(hypervisor.state(moved.name())).contains(DomainState.PAUSED);
            hypervisor.resume(moved.name());
            await("the guest to go on").until(() -> ItHost.ticks(moved) > before);
            assertThat(ItHost.console(moved)).contains("tick " + (before + 1)).doesNotContain("tick " + before + "\r");
        }
        long boots = ItHost.boots(moved);
        ItHost.run("virsh", "reset", moved.name().value());
        await("the guest to boot").until(() -> ItHost.boots(moved) > boots);
        ItHost.awaitTicks(moved, 2);
    }

    @Test
    void memoryThatDoesNotArriveWholeLeavesNothingRunning() throws IOException {
        DomainSpec spec = running();
        Path memory = host.memoryFile();
        FrozenDomain frozen = hypervisor.freeze(spec.name(), memory, stopped -> {});
        hypervisor.destroy(spec.name());
        byte[] whole = Files.readAllBytes(memory);
        DomainSpec moved = host.elsewhere(spec, frozen.hardware());
        try (IncomingMemory never = hypervisor.restoreIncoming(moved, host.memoryFile())) {
            assertThatThrownBy(never::complete)
                    .isInstanceOfSatisfying(
                            TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT));
        }
        try (IncomingMemory givenUp = hypervisor.restoreIncoming(moved, host.memoryFile())) {
            write(givenUp, Arrays.copyOf(whole, whole.length / 2));
        }
        assertThat(hypervisor.domains()).doesNotContain(moved.name());
        try (IncomingMemory cut = hypervisor.restoreIncoming(moved, host.memoryFile())) {
            write(cut, Arrays.copyOf(whole, whole.length / 2));
            assertThatThrownBy(cut::complete).isInstanceOfSatisfying(TresccadException.class, e -> assertThat(e.kind())
                    .isEqualTo(ErrorKind.INVALID_CONTENT));
        }
        assertThat(hypervisor.domains()).doesNotContain(moved.name());
        byte[] damaged = whole.clone();
        Arrays.fill(damaged, whole.length / 2, whole.length / 2 + 100_000, (byte) 0xee);
        try (IncomingMemory hostile = hypervisor.restoreIncoming(moved, host.memoryFile())) {
            assertThatThrownBy(() -> {
                        write(hostile, damaged);
                        hostile.complete();
                    })
                    .isInstanceOf(TresccadException.class);
        }
        assertThat(hypervisor.domains()).doesNotContain(moved.name());
        hypervisor.restorePaused(moved, memory);
        hypervisor.resume(moved.name());
        ItHost.awaitTicks(moved, 1);
    }

    private static void write(IncomingMemory incoming, byte[] bytes) {
        inPieces(bytes, incoming::write);
    }

    private static void inPieces(byte[] bytes, ObjIntConsumer<byte[]> taker) {
        int step = 1 << 20;
        for (int at = 0; at < bytes.length; at += step) {
            byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(at + step, bytes.length));
            taker.accept(piece, piece.length);
        }
    }

    @Test
    void theCableOfACardCanBePulledAndPlugged() {
        DomainSpec spec = shared();
        var mac = spec.nics().get(0).mac();
        hypervisor.setLink(spec.name(), mac, false);
        assertThat(link(spec)).contains("down");
        hypervisor.setLink(spec.name(), mac, true);
        assertThat(link(spec)).contains("up").doesNotContain("down");
        assertThatThrownBy(() -> hypervisor.setLink(
                        spec.name(), new org.tresccad.network.MacAddress("52:54:00:00:00:99"), false))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    }

    @Test
    void aGuestPowersOffWhenAsked() {
        DomainSpec spec = running();
        hypervisor.requestShutdown(spec.name());
        await("the guest to be off").atMost(Duration.ofMinutes(3)).until(() -> stopped.contains(spec.name()));
        assertThat(hypervisor.state(spec.name())).isEmpty();
        assertThatThrownBy(() -> hypervisor.requestShutdown(spec.name())).isInstanceOf(NoSuchDomain.class);
    }

    @Test
    void aDomainDestroyedByOthersIsReported() {
        DomainSpec spec = started();
        ItHost.run("virsh", "destroy", spec.name().value());
        await("the listener to be told").until(() -> stopped.contains(spec.name()));
        assertThat(hypervisor.state(spec.name())).isEmpty();
    }

    @Test
    void domainsOfOthersAreNeitherSeenNorTouched() throws IOException {
        Path xml = directory.resolve("foreign.xml");
        Files.writeString(
                xml,
                "<domain type='qemu'><name>tresccad-foreign</name><memory unit='MiB'>16</memory>"
                        + "<os><type machine='pc-i440fx-7.2'>hvm</type></os></domain>");
        ItHost.run("virsh", "create", xml.toString());
        DomainName foreign = new DomainName("tresccad-foreign");
        try {
            assertThat(hypervisor.domains()).doesNotContain(foreign);
            assertThat(hypervisor.state(foreign)).isEmpty();
            hypervisor.destroy(foreign);
            assertThatThrownBy(() -> hypervisor.pause(foreign)).isInstanceOf(NoSuchDomain.class);
            assertThat(ItHost.run("virsh", "domstate", foreign.value())).contains("running");
        } finally {
            ItHost.run("virsh", "destroy", foreign.value());
        }
    }

    @Test
    void whatLibvirtCannotStartIsRefusedInOurWords() {
        DomainSpec spec = host.newGuest("again");
        hypervisor.start(spec);
        assertThatThrownBy(() -> hypervisor.start(spec))
                .isInstanceOf(HypervisorRefused.class)
                .hasMessageContaining("exists");
        assertThat(hypervisor.state(spec.name())).contains(DomainState.RUNNING);
        DomainSpec noBridge = host.newGuest("no bridge");
        ItHost.run("ip", "link", "delete", noBridge.nics().get(0).bridge());
        assertThatThrownBy(() -> hypervisor.start(noBridge))
                .isInstanceOf(HypervisorRefused.class)
                .hasMessageContaining("bridge");
        assertThat(hypervisor.domains()).contains(spec.name()).doesNotContain(noBridge.name());
    }

    @Test
    void callsFailWhileLibvirtIsDeadAndWorkWhenItIsBack() {
        DomainSpec spec = shared();
        DomainSpec doomed = started();
        long descriptors = descriptors();
        ItHost.killLibvirtd();
        try {
            assertThatThrownBy(() -> hypervisor.state(spec.name())).isInstanceOf(HypervisorUnavailable.class);
            assertThatThrownBy(hypervisor::domains).isInstanceOf(HypervisorUnavailable.class);
            Path memory = host.memoryFile();
            assertThatThrownBy(() -> hypervisor.freeze(spec.name(), memory, stopped -> {}))
                    .isInstanceOf(HypervisorUnavailable.class);
            killQemu(doomed);
        } finally {
            ItHost.startLibvirtd();
        }
        await("the connection to come back")
                .ignoreExceptions()
                .until(() -> hypervisor.domains().contains(spec.name()));
        assertThat(hypervisor.state(spec.name())).contains(DomainState.RUNNING);
        await("the missed stop to be told").atMost(Duration.ofMinutes(2)).until(() -> stopped.contains(doomed.name()));
        DomainSpec next = host.newGuest("next");
        hypervisor.start(next);
        ItHost.run("virsh", "destroy", next.name().value());
        await("events to arrive again").until(() -> stopped.contains(next.name()));
        await("the broken connections to be closed").until(() -> descriptors() <= descriptors + 2);
        ItHost.awaitTicks(spec, 1);
    }

    @Test
    void callsEndInTimeWhileLibvirtHangs() {
        DomainSpec spec = shared();
        String pid = Long.toString(ItHost.libvirtdPid());
        LibvirtHypervisor impatient = open(Duration.ofSeconds(1));
        await("the first answer")
                .ignoreExceptions()
                .until(() -> impatient.state(spec.name()).isPresent());
        ItHost.run("kill", "-STOP", pid);
        try (impatient) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> impatient.state(spec.name())).isInstanceOf(HypervisorUnavailable.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(CALL_TIMEOUT);
            assertThatThrownBy(() -> impatient.resume(spec.name())).isInstanceOf(HypervisorUnavailable.class);
            assertThatThrownBy(() -> impatient.freeze(spec.name(), host.memoryFile(), stopped -> {}))
                    .isInstanceOf(HypervisorUnavailable.class)
                    .hasMessageContaining("an earlier call");
        } finally {
            ItHost.run("kill", "-CONT", pid);
        }
        await("libvirt to answer again")
                .ignoreExceptions()
                .until(() -> hypervisor.state(spec.name()).equals(Optional.of(DomainState.RUNNING)));
    }

    @Test
    void whenLibvirtDiesDuringAFreezeTheGuestRunsOn() {
        DomainSpec spec = shared();
        Path memory = host.memoryFile();
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try {
            Future<FrozenDomain> freeze = threads.submit(() -> hypervisor.freeze(spec.name(), memory, stopped -> {}));
            await("the freeze to begin").pollInterval(Duration.ofMillis(1)).until(() -> Files.exists(memory));
            ItHost.killLibvirtd();
            ItHost.startLibvirtd();
            await("the freeze to end").atMost(Duration.ofMinutes(1)).until(freeze::isDone);
            boolean isFrozen = succeeded(freeze);
            await("libvirt to answer")
                    .atMost(Duration.ofMinutes(1))
                    .ignoreExceptions()
                    .until(() -> hypervisor
                            .state(spec.name())
                            .equals(Optional.of(isFrozen ? DomainState.PAUSED : DomainState.RUNNING)));
            if (isFrozen) {
                hypervisor.resume(spec.name());
            } else {
                assertThat(memory).doesNotExist();
            }
            ItHost.awaitTicks(spec, 1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void manyCallersAtOnceAreAllServed() throws Exception {
        List<DomainSpec> specs =
                Stream.generate(() -> host.newGuest("one of many")).limit(3).toList();
        ExecutorService threads = Executors.newFixedThreadPool(24);
        try {
            List<Future<?>> starts = specs.stream()
                    .<Future<?>>map(spec -> threads.submit(() -> hypervisor.start(spec)))
                    .toList();
            for (Future<?> start : starts) {
                start.get();
            }
            List<DomainName> names = specs.stream().map(DomainSpec::name).toList();
            List<Future<Boolean>> looks = IntStream.range(0, 200)
                    .mapToObj(i -> threads.submit(
                            () -> hypervisor.state(names.get(i % 3)).isPresent()
                                    && hypervisor.domains().containsAll(names)))
                    .toList();
            for (Future<Boolean> look : looks) {
                assertThat(look.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void domainsThatCameAndWentLeaveNoDescriptorsOpen() {
        DomainSpec spec = with(host.newGuest("again and again"), 1, List.of());
        cycle(spec);
        long before = descriptors();
        int cycles = System.getenv("TRESCCAD_IT_LONG") == null ? 10 : 50;
        for (int i = 0; i < cycles; i++) {
            cycle(spec);
        }
        await("descriptors to be closed").until(() -> descriptors() <= before + 2);
    }

    private static void cycle(DomainSpec spec) {
        hypervisor.start(spec);
        hypervisor.destroy(spec.name());
    }

    private static boolean succeeded(Future<?> done) {
        try {
            done.get();
            return true;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(TresccadException.class);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static long descriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** One guest for all tests that leave it as it was. */
    private static DomainSpec shared() {
        if (shared.isEmpty()) {
            shared = Optional.of(running());
        }
        return shared.get();
    }

    private static DomainSpec started() {
        DomainSpec spec = host.newGuest("guest");
        hypervisor.start(spec);
        return spec;
    }

    /** A guest that has begun to count. */
    private static DomainSpec running() {
        DomainSpec spec = started();
        ItHost.awaitTicks(spec, 1);
        return spec;
    }

    private static DomainSpec with(DomainSpec spec, int vcpus, List<DomainSpec.Nic> nics) {
        return new DomainSpec(
                spec.name(),
                spec.uuid(),
                spec.title(),
                hypervisor.newPlatform(),
                vcpus,
                spec.memoryMib(),
                spec.boot(),
                spec.disks(),
                nics,
                spec.consoleLog(),
                spec.hardware());
    }

    private static String link(DomainSpec spec) {
        return ItHost.run(
                "virsh",
                "domif-getlink",
                spec.name().value(),
                spec.nics().get(0).tap());
    }

    private static void killQemu(DomainSpec spec) {
        ProcessHandle qemu = ProcessHandle.allProcesses()
                .filter(p -> p.info().commandLine().orElse("").contains("guest=" + spec.name() + ","))
                .filter(p -> isOnThisHost(p.pid()))
                .findFirst()
                .orElseThrow();
        ItHost.run("kill", "-KILL", Long.toString(qemu.pid()));
        await("QEMU to be gone").until(() -> !qemu.isAlive());
    }

    /** Other hosts of this machine, in namespaces of their own, may have guests of the same name. */
    private static boolean isOnThisHost(long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net"))
                    .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/net")));
        } catch (IOException e) {
            return false;
        }
    }

    private static LibvirtHypervisor open(Duration callTimeout) {
        return host.open(callTimeout);
    }
}
