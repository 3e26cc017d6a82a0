package org.tresccad.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.tresccad.handover.Lineage;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageStatus;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.migration.Move;
import org.tresccad.migration.MoveMode;
import org.tresccad.migration.MoveTerms;
import org.tresccad.vmpackage.PackageWorkers;

/** Three hosts that know each other and can die, and what must hold of the guests among them. */
public final class MortalHosts implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    public final GuestWatch watch = new GuestWatch();
    public final TestingInternet internet = new TestingInternet();
    public final MortalHost a;
    public final MortalHost b;
    public final MortalHost c;
    private final PackageWorkers workers = new PackageWorkers(1);
    private final Path directory;
    private int guests;

    /** Makes and starts them. */
    public MortalHosts() {
        try {
            // Every transaction is synced; in memory that costs nothing, and a power cut is played by the test itself.
            Path memory = Path.of("/dev/shm");
            directory = Files.isWritable(memory)
                    ? Files.createTempDirectory(memory, "tresccad-test")
                    : Files.createTempDirectory("tresccad-test");
            a = new MortalHost("a", Files.createDirectory(directory.resolve("a")), watch, internet, workers);
            b = new MortalHost("b", Files.createDirectory(directory.resolve("b")), watch, internet, workers);
            c = new MortalHost("c", Files.createDirectory(directory.resolve("c")), watch, internet, workers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All of them. */
    public List<MortalHost> all() {
        return List.of(a, b, c);
    }

    /** A new guest that runs. */
    public Instance boot(MortalHost host) {
        Instance guest = host.boot("guest" + guests++);
        awaitThat("boot", () -> status(guest) == InstanceStatus.ACTIVE);
        return guest;
    }

    /** Asks for a move; who asks gets no answer when the host dies over it. */
    public void move(MortalHost from, MortalHost to, Instance guest) {
        unlessItDies(() -> from.life()
                .move
                .request(
                        TestingHost.MEMBER,
                        on(from, guest).id(),
                        to.name,
                        MoveMode.PACKAGE,
                        Move.Origin.API,
                        new MoveTerms(OptionalLong.empty(), Optional.empty()),
                        CompletableFuture.completedFuture(true)));
    }

    /** Does something that a dying host may cut off. */
    public static void unlessItDies(Runnable work) {
        try {
            work.run();
        } catch (Failpoints.Died e) {
            // That is what the test is about; the next life takes it up.
            return;
        }
    }

    /** Starts every host again that is dead. */
    public void reviveTheDead() {
        for (MortalHost host : all()) {
            if (host.life().points.isDead()) {
                host.end(false);
                host.revive().recover();
            }
        }
    }

    /** The guest as a host has it. */
    public static Instance on(MortalHost host, Instance guest) {
        return host.life().host.instances.find(guest.epoch().lineage()).orElseThrow();
    }

    /** The one host that has it. */
    public MortalHost owner(Instance guest) {
        Lineage lineage = guest.epoch().lineage();
        List<MortalHost> owners = all().stream()
                .filter(host -> host.life().host.instances.find(lineage).isPresent())
                .toList();
        assertThat(owners).as("hosts that have the instance").hasSize(1);
        return owners.get(0);
    }

    /** Its status where it is. */
    public InstanceStatus status(Instance guest) {
        return on(owner(guest), guest).status();
    }

    /** Deletes it and whatever packages are left. */
    public void forget(Instance guest) {
        MortalHost host = owner(guest);
        host.life().host.delete.discard(on(host, guest));
        for (MortalHost each : all()) {
            each.packages().forEach(image -> each.images.discard(image.id()));
            assertThat(each.domains.domains()).isEmpty();
            assertThat(each.life().host.files.existing()).isEmpty();
        }
    }

    /** The guest runs on one host, and nobody else has anything of it. */
    public void assertOneRuns(String story, Instance guest) {
        assertOneHas(story, guest);
        MortalHost host = owner(guest);
        assertThat(status(guest)).as(story).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(watch.running()).as(story).containsExactly(guest.name());
        assertThat(host.domains.running())
                .as(story)
                .containsExactly(on(host, guest).domain());
        assertThat(host.life().host.files.hasMemory(on(host, guest).id()))
                .as(story)
                .isFalse();
    }

    /** One host has the instance and its disk, nobody else has anything of it, and no package is left of a move. */
    public void assertOneHas(String story, Instance guest) {
        assertOneHasIt(story, guest);
        for (MortalHost host : all()) {
            // The guest goes on first; what came of its package is cleared away a moment later.
            await(story).pollDelay(Duration.ZERO).atMost(PATIENCE).untilAsserted(() -> assertThat(host.packages())
                    .filteredOn(image -> !isMadeLate(image))
                    .isEmpty());
        }
    }

    /** As {@link #assertOneHas}, when a package may be left because it belongs to its owner. */
    public void assertOneHasIt(String story, Instance guest) {
        assertThat(watch.violations()).as(story).isEmpty();
        MortalHost owner = owner(guest);
        for (MortalHost host : all()) {
            int expected = host == owner ? 1 : 0;
            TestingHost there = host.life().host;
            assertThat(there.instances.all()).as(story).hasSize(expected);
            assertThat(there.network.ports()).as(story).hasSize(expected);
            assertThat(there.files.existing()).as(story).hasSize(expected);
            assertThat(host.domains.domains().size()).as(story).isLessThanOrEqualTo(expected);
        }
        Instance there = on(owner, guest);
        assertThat(there.task()).as(story).isEmpty();
        assertThat(owner.life().host.files.disk(there.id())).as(story).exists();
        assertThat(watch.running().size()).as(story).isLessThanOrEqualTo(1);
    }

    /** A request to make the image that comes after the move is over leaves an empty record, and no way to prevent it. */
    private boolean isMadeLate(Image image) {
        return image.status() == ImageStatus.QUEUED
                && internet.lateOnes().stream().anyMatch(what -> what.startsWith("create the package"));
    }

    /** Whether nothing is left to be done anywhere. */
    public boolean isQuiet() {
        return all().stream().map(MortalHost::life).allMatch(MortalHosts::isQuiet);
    }

    private static boolean isQuiet(Life life) {
        return life.arrivals.unfinished().isEmpty()
                && life.moves.all().stream().allMatch(m -> m.state().isFinal() && m.isTold())
                && life.host.instances.all().stream().allMatch(i -> i.task().isEmpty())
                && isSwept(life.host);
    }

    /** A row goes first, its domain and files a moment later. */
    private static boolean isSwept(TestingHost host) {
        long withFiles = host.instances.all().stream()
                .filter(i -> i.epoch().number() > 0 || i.status() != InstanceStatus.ERROR)
                .count();
        return host.files.existing().size() == withFiles
                && host.hypervisor.domains().size() <= withFiles;
    }

    /** Waits until nothing is left to be done anywhere; housekeeping goes on meanwhile. */
    public void awaitQuiet(String story) {
        awaitThat(story, () -> {
            all().forEach(host -> host.life().keepHouse());
            return isQuiet();
        });
    }

    /** Waits until a host dies, or {@code end}. */
    public void awaitDeathOr(String story, BooleanSupplier end) {
        awaitThat(story, () -> {
            try {
                return all().stream().anyMatch(host -> host.life().points.isDead()) || end.getAsBoolean();
            } catch (Failpoints.Died e) {
                return true;
            }
        });
    }

    /** Waits until {@code condition}. */
    public static void awaitThat(String story, BooleanSupplier condition) {
        await(story)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .atMost(PATIENCE)
                .until(condition::getAsBoolean);
    }

    /** Saves a running guest and waits until its package is all there is of it. */
    public ImageId saved(MortalHost host, Instance guest) {
        ImageId image =
                host.life().save.save(TestingHost.MEMBER, on(host, guest).id());
        awaitThat("the save", () -> host.life().host.instances.all().isEmpty() && isQuiet());
        return image;
    }

    @Override
    public void close() {
        all().forEach(MortalHost::close);
        workers.close();
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
