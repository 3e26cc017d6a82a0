package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One guest moves to and fro between two hosts, and in each move one thing goes wrong, just before or just after a durable
 * write or an order to the hypervisor. Afterwards it runs at one of the two, never ran at both by the record of an
 * observer, has counted every number, and each host holds what it held when the guest was last there, or not there; or
 * the target has lost everything, and the source keeps the guest and asks.
 */
final class FaultMatrixE2E {
    /** The one whose disk is limited comes first: such a disk is seen by the hosts that are made after it. */
    @RegisterExtension
    private static final World WORLD =
            World.of("hostA", "hostB").withDiskLimit("hostA", "900M").withFailpoints();

    private static final Host A = WORLD.host("hostA");
    private static final Host B = WORLD.host("hostB");
    private static final List<Host> BOTH = List.of(A, B);
    private static final boolean IS_LONG = "1".equals(System.getenv("TRESCCAD_TEST_LONG"));

    /** A daemon looks after what is left every 10 s, and a host that was away is told again within 13 s. */
    private static final Duration SETTLING = Duration.ofSeconds(150);

    /** What each host held when nothing had ever been there, and without and with the guest after it was at both. */
    private static final Map<String, Holdings> FRESH = new HashMap<>();

    private static final Map<String, Holdings> WITHOUT = new HashMap<>();
    private static final Map<String, Holdings> WITH = new HashMap<>();

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static SmallDisk disk;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest guest;

    private static int guests;

    @BeforeAll
    static void prepare() {
        assertThat(FaultCase.few()).hasSize(12);
        disk = SmallDisk.of(WORLD, A);
        BOTH.forEach(host -> FRESH.put(host.name(), Holdings.of(host)));
        spawn();
    }

    @AfterAll
    static void nothingWasEverDoubled() {
        guest.countedEverything();
        guest.neverTwo();
    }

    /** With {@code TRESCCAD_TEST_FAULTS}, a regular expression, only the cases in whose names it is found. */
    static Stream<FaultCase> cases() {
        Optional<Pattern> wanted =
                Optional.ofNullable(System.getenv("TRESCCAD_TEST_FAULTS")).map(Pattern::compile);
        return (IS_LONG ? FaultCase.all() : FaultCase.few()).stream().filter(tried -> wanted.filter(
                        pattern -> !pattern.matcher(tried.toString()).find())
                .isEmpty());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void oneGuestIsLeftAndNothingElse(FaultCase tried) {
        try {
            int heard = WORLD.observer().of(guest.lineage()).size();
            Guest moved = guest;
            String outcome = play(tried);
            FaultRecord.passed(tried, outcome, WORLD.observer().longestSilence(moved.lineage(), heard));
        } catch (RuntimeException | Error e) {
            FaultRecord.failed(tried, e);
            mendEverything();
            startAfresh();
            throw e;
        }
    }

    /** What became of it. */
    private static String play(FaultCase tried) {
        if (tried.fault() == Fault.TARGET_DISK_FULL && guest.host().equals(A)) {
            guest.move(B);
        }
        Host source = guest.host();
        Host target = other(source);
        FaultScene scene = new FaultScene(disk, guest, source, target, lastMove(source));
        String seen = strike(scene, tried);
        if (tried.fault() == Fault.TARGET_WIPED && scene.state().equals("CLAIMED")) {
            return kept(scene);
        }
        await("the move to be over, and both ends to know").atMost(SETTLING).untilAsserted(() -> {
            assertThat(scene.state()).isIn("NONE", "DONE", "WITHDRAWN", "FAILED");
            assertThat(BOTH).allSatisfy(host -> assertThat(host.query("SELECT id FROM move WHERE is_told = 0"))
                    .isEmpty());
            assertThat(hasIt(source)).isNotEqualTo(hasIt(target));
        });
        if (hasIt(target)) {
            guest.isAt(target, instance(target));
        }
        String recovered = recover();
        guest.awaitTicks(2);
        guest.awaitHeard();
        boolean isWiped = tried.fault() == Fault.TARGET_WIPED;
        await("nothing to be left over").atMost(SETTLING).untilAsserted(() -> {
            assertThat(Holdings.of(guest.host())).isEqualTo(held(WITH, guest.host()));
            assertThat(Holdings.of(other(guest.host())))
                    .isEqualTo(held(isWiped ? FRESH : WITHOUT, other(guest.host())));
        });
        guest.countedEverything();
        guest.neverTwo();
        String outcome = outcome(scene) + recovered + (seen.isEmpty() ? "" : "; " + seen);
        if (isWiped) {
            goToAndFro();
        }
        return outcome;
    }

    /** Lets the guest be moved and the fault happen; what is worth telling of the time until it was mended. */
    private static String strike(FaultScene scene, FaultCase tried) {
        Moment moment = tried.moment();
        Host held = scene.at(moment.end());
        String id = guest.id();
        // Whoever asks a host that dies gets no answer; what became of the move is in the journals.
        CompletableFuture<Void> asked;
        if (moment.isAfterCancel()) {
            try (Failpoint almostPrepared = Failpoint.arm(scene.target(), "after complete")) {
                asked = ask(scene, id, tried.mode());
                almostPrepared.awaitHeld();
                try (Failpoint failpoint = Failpoint.arm(held, moment.point())) {
                    cancel(scene);
                    if (moment.end() == Moment.End.TARGET) {
                        // A target that is prepared before the source has heard of its owner's wish is let run.
                        await("the source to take it back")
                                .until(() -> scene.state().equals("WITHDRAWN"));
                        almostPrepared.letGo();
                    }
                    failpoint.awaitHeld();
                    scene.strike(tried.fault(), moment);
                }
            }
        } else {
            try (Failpoint failpoint = Failpoint.arm(held, moment.point())) {
                asked = ask(scene, id, tried.mode());
                failpoint.awaitHeld();
                scene.strike(tried.fault(), moment);
            }
        }
        String seen = scene.mend(tried.fault(), moment);
        asked.join();
        return seen;
    }

    private static CompletableFuture<Void> ask(FaultScene scene, String id, String mode) {
        return CompletableFuture.runAsync(
                        () -> scene.source().api().move(id, scene.target().name(), mode))
                .exceptionally(unanswered -> null);
    }

    private static void cancel(FaultScene scene) {
        String move = scene.source()
                .query("SELECT id FROM move ORDER BY number DESC LIMIT 1")
                .get(0);
        assertThat(scene.source()
                        .api()
                        .ask("DELETE", "/tresccad/v1/moves/" + move)
                        .status())
                .isEqualTo(202);
    }

    /** A guest that crashed is started, as its owner would; how it had to be. */
    private static String recover() {
        Host host = guest.host();
        await("the guest's end to be noticed, or that it runs")
                .until(() -> (host.api().task(guest.id()).isEmpty()
                                && host.api().status(guest.id()).equals("ACTIVE")
                                && host.domains().size() == 1)
                        || List.of("SHUTOFF", "SUSPENDED").contains(host.api().status(guest.id())));
        return switch (host.api().status(guest.id())) {
            case "SHUTOFF" -> act("os-start", "; it had crashed and was started");
            case "SUSPENDED" -> act("resume", "; it was suspended and was resumed");
            default -> "";
        };
    }

    private static String act(String action, String told) {
        guest.api().act(guest.id(), "{\"" + action + "\":null}").body(202);
        await("active").until(() -> guest.api().status(guest.id()).equals("ACTIVE"));
        if (action.equals("os-start")) {
            // Not before: what it counts without an address is not heard.
            await("an address")
                    .until(() -> guest.console().lastIndexOf("tick ready")
                            > guest.console().lastIndexOf("Run /init"));
        }
        return told;
    }

    /** The target that has the claim is no more: the source keeps the guest, lets nobody touch it, and asks. */
    private static String kept(FaultScene scene) {
        Host source = scene.source();
        long asked = source.logged("asking again");
        await("the source to ask again").until(() -> source.logged("asking again") > asked + 1);
        assertThat(scene.state()).isEqualTo("CLAIMED");
        assertThat(source.state().resolve("instances").resolve(guest.id()).resolve("memory"))
                .exists();
        assertThat(source.state().resolve("instances").resolve(guest.id()).resolve("disk"))
                .exists();
        assertThat(source.api().act(guest.id(), "{\"os-start\":null}").status()).isEqualTo(409);
        assertThat(hasIt(scene.target())).isFalse();
        await("the target to hold nothing")
                .untilAsserted(() -> assertThat(Holdings.of(scene.target())).isEqualTo(held(FRESH, scene.target())));
        guest.countedEverything();
        guest.neverTwoSoFar();
        startAfresh();
        return "claimed by a host that is no more: memory and disk kept at the source, which asks on; not run again";
    }

    private static String outcome(FaultScene scene) {
        boolean isAtTarget = guest.host().equals(scene.target());
        String end =
                switch (scene.state()) {
                    case "DONE" -> "done";
                    case "WITHDRAWN" -> "taken back";
                    case "FAILED" -> "failed before the freeze";
                    default -> "never began";
                };
        return end + ", the guest runs at the " + (isAtTarget ? "target" : "source");
    }

    /** After a case that ended anywhere: the next ones shall tell of themselves. */
    private static void mendEverything() {
        disk.empty();
        BOTH.forEach(host -> {
            host.link("up");
            host.libvirtd("restart");
        });
    }

    private static void startAfresh() {
        BOTH.forEach(Host::wipe);
        spawn();
    }

    private static void spawn() {
        guests++;
        guest = WORLD.spawn(A, "counter" + guests);
        goToAndFro();
    }

    /** To the other host and back; from then on it is known what each host holds. */
    private static void goToAndFro() {
        Host home = guest.host();
        Host away = other(home);
        guest.move(away);
        awaitSettled(home);
        WITH.put(away.name(), Holdings.of(away));
        WITHOUT.put(home.name(), Holdings.of(home));
        guest.move(home);
        awaitSettled(away);
        WITH.put(home.name(), Holdings.of(home));
        WITHOUT.put(away.name(), Holdings.of(away));
    }

    private static void awaitSettled(Host left) {
        await("the host that it left to be swept").until(() -> left.domains().isEmpty());
        guest.awaitTicks(1);
    }

    private static boolean hasIt(Host host) {
        return !host.query("SELECT id FROM instance WHERE lineage = '" + guest.lineage() + "'")
                .isEmpty();
    }

    private static String instance(Host host) {
        return host.query("SELECT id FROM instance WHERE lineage = '" + guest.lineage() + "'")
                .get(0);
    }

    private static Host other(Host host) {
        return host.name().equals(A.name()) ? B : A;
    }

    private static long lastMove(Host host) {
        return Long.parseLong(
                host.query("SELECT coalesce(max(number), 0) FROM move").get(0));
    }

    private static Holdings held(Map<String, Holdings> when, Host host) {
        return Objects.requireNonNull(when.get(host.name()));
    }
}
