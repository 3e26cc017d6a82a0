package org.tresccad.rest.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.handover.Claimant;
import org.tresccad.image.ImageId;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.ArrivalKind;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.Instance;
import org.tresccad.job.Changes;
import org.tresccad.metadata.GuestPolicy;
import org.tresccad.migration.Destination;
import org.tresccad.migration.Move;
import org.tresccad.migration.MoveId;
import org.tresccad.migration.MoveMode;
import org.tresccad.migration.MoveState;
import org.tresccad.rest.Json;
import org.tresccad.vmpackage.Manifest;

/** tresccad's own part of what guests are served: tokens, where a guest is, where it could go, and going there. */
class GuestApiTest {
    private static final String A = "127.0.1.2";
    private static final String B = "127.0.1.3";
    private static final String MIGRATIONS = "/tresccad/v1/migrations";
    private static final String INSTANCE = "/tresccad/v1/instance";
    private static final String EVENTS = "/tresccad/v1/events";
    private static final String TO_B = "{\"destination\":\"b\"}";
    private static final String TTL = "X-aws-ec2-metadata-token-ttl-seconds: ";
    private static final Duration ENGINE_PATIENCE = TestingGuestApi.ENGINE_PATIENCE;

    @TempDir
    private Path directory;

    private TestingGuestApi api;
    private Instance a;
    private Instance b;

    @BeforeEach
    void serve() {
        api = new TestingGuestApi(
                directory,
                new GuestPolicy(GuestPolicy.MayAsk.ALWAYS, 2, Duration.ofHours(1)),
                GuestLimits.ofDefaults());
        a = api.boot("web", A, Map.of());
        b = api.boot("other", B, Map.of("tresccad:migration", "never"));
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void aGuestLearnsWhoAndWhereItIs() throws IOException {
        JsonNode instance = json(api.guest(A).get("/tresccad/v1/instance"), 200);
        assertThat(instance.path("id").asText()).isEqualTo(a.id().toString());
        assertThat(instance.path("lineage").asText())
                .isEqualTo(a.epoch().lineage().toString());
        assertThat(instance.path("epoch").asInt(-1)).isZero();
        assertThat(instance.path("location").path("host").asText()).isEqualTo("a");
        assertThat(instance.path("status").asText()).isEqualTo("ACTIVE");
        assertThat(json(api.guest(A).get("/tresccad/v1/"), 200).path("resources"))
                .extracting(JsonNode::asText)
                .contains("instance", "destinations", "migrations");
    }

    @Test
    void destinationsSayWhatIsReachableAndAllowedAndNothingThatIsNotKnown() throws IOException {
        JsonNode mine = json(api.guest(A).get("/tresccad/v1/destinations"), 200).path("destinations");
        assertThat(mine).hasSize(2);
        assertThat(mine.path(0).path("name").asText()).isEqualTo("b");
        assertThat(mine.path(0).path("reachable").asBoolean()).isTrue();
        assertThat(mine.path(0).path("allowed").asBoolean()).isTrue();
        assertThat(mine.path(0).path("predicted").isNull()).isTrue();
        assertThat(mine.path(1).path("reachable").asBoolean()).isFalse();
        assertThat(mine.path(1).path("reason").asText()).isEqualTo("It does not answer.");

        JsonNode others =
                json(api.guest(B).get("/tresccad/v1/destinations"), 200).path("destinations");
        assertThat(others.path(0).path("allowed").asBoolean()).isFalse();
        assertThat(others.path(0).path("reason").asText()).contains("tresccad:migration=never");
    }

    @Test
    void aDestinationWithHistoryHasAPrediction() throws IOException {
        Duration second = Duration.ofSeconds(1);
        api.moves.insert(move(b, MoveState.DONE, new Move.Figures(1 << 20, seconds(4), seconds(6)))
                .planned(new Move.Plan(MoveMode.WARM, second, second, "warm: asked for")));
        JsonNode predicted = json(api.guest(A).get("/tresccad/v1/destinations"), 200)
                .path("destinations")
                .path(0)
                .path("predicted");
        // Warm turned out to take four times as long as was estimated, so it would be a package: 0.5 s, 0.25 s for the
        // 64 MiB, and 0.3 s to send a quarter of them.
        assertThat(predicted.path("interruption_seconds").asDouble()).isBetween(1.0, 1.2);
        assertThat(predicted.path("total_seconds").asDouble()).isBetween(1.5, 1.7);
    }

    @Test
    void anOpenStackIsPredictedAsAPackageForItRestoresNothingElse() throws IOException {
        api.destinations.kind = Destination.OPENSTACK;
        Duration second = Duration.ofSeconds(1);
        api.moves.insert(move(b, MoveState.DONE, new Move.Figures(1 << 20, seconds(4), seconds(6)))
                .planned(new Move.Plan(MoveMode.PACKAGE, second, second, "package: asked for")));
        JsonNode predicted = json(api.guest(A).get("/tresccad/v1/destinations"), 200)
                .path("destinations")
                .path(0)
                .path("predicted");
        // A package took four times as long as was estimated; warm, which nobody offers, would be 0.6 s.
        assertThat(predicted.path("interruption_seconds").asDouble()).isBetween(4.0, 5.0);
    }

    @Test
    void guestsThatAskOftenDoNotMakeThisHostKnockAsOften() {
        for (int i = 0; i < 10; i++) {
            api.guest(A).get("/tresccad/v1/destinations");
            api.guest(B).get("/tresccad/v1/destinations");
        }
        // One round; two when the test took longer than an answer stays fresh.
        assertThat(api.destinations.probes).hasValueBetween(1, 2);
    }

    @Test
    void aTokenNeedsALifetimeInRangeAndNoProxy() {
        for (String seconds : List.of("", "0", "-1", "21601", "999999", "ten")) {
            assertThat(api.guest(A).put("/latest/api/token", TTL + seconds).status())
                    .as(seconds)
                    .isEqualTo(400);
        }
        assertThat(api.guest(A).put("/latest/api/token").status()).isEqualTo(400);
        assertThat(api.guest(A)
                        .put("/latest/api/token", TTL + "60", "X-Forwarded-For: 192.0.2.1")
                        .status())
                .isEqualTo(403);
        assertThat(api.guest(A).get("/latest/api/token").status()).isEqualTo(405);
        GuestHttp.Answer answer = api.guest(A).put("/latest/api/token", TTL + "21600");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body())
                .hasSizeGreaterThan(40)
                .isNotEqualTo(api.guest(A).token(60));
        assertThat(answer.header("X-aws-ec2-metadata-token-ttl-seconds")).isEqualTo("21600");
    }

    @Test
    void askingToMoveNeedsATokenOfOnesOwn() throws IOException {
        assertThat(error(api.guest(A).post(MIGRATIONS, TO_B), 401)).contains("/latest/api/token");
        assertThat(error(ask(A, "wrong"), 401)).contains("token");
        assertThat(error(ask(A, api.guest(B).token(60)), 401)).contains("token");
        assertThat(api.moves.all()).isEmpty();
        assertThat(ask(A, api.guest(A).token(60)).status()).isEqualTo(202);
    }

    @Test
    void anAcceptedRequestBecomesAMoveOfThatGuest() throws IOException {
        JsonNode migration = json(ask(A, api.guest(A).token(60)), 202).path("migration");
        assertThat(migration.path("status").asText()).isEqualTo("requested");
        assertThat(migration.path("destination").asText()).isEqualTo("b");
        assertThat(migration.path("mode").asText()).isEqualTo("auto");
        Move move = api.moves
                .find(MoveId.parse(migration.path("id").asText()).orElseThrow())
                .orElseThrow();
        assertThat(move.instance()).isEqualTo(a.id());
        assertThat(move.origin()).isEqualTo(Move.Origin.GUEST);
        assertThat(move.user()).isEqualTo(a.user());

        String path = MIGRATIONS + "/" + migration.path("id").asText();
        await("the move to fail").until(() -> json(api.guest(A).get(path), 200)
                .path("migration")
                .path("status")
                .asText()
                .equals("error"));
        assertThat(json(api.guest(A).get(path), 200)
                        .path("migration")
                        .path("error")
                        .asText())
                .contains("takes no more images");
        assertThat(api.guest(B).get(path).status()).isEqualTo(404);
        assertThat(json(api.guest(B).get(MIGRATIONS), 200).path("migrations")).isEmpty();
        assertThat(json(api.guest(A).get(MIGRATIONS), 200).path("migrations")).hasSize(1);
    }

    @Test
    void theFreezeWaitsUntilTheGuestHasClosedTheConnection() throws Exception {
        String token = api.guest(A).token(60);
        long asked = System.nanoTime();
        try (GuestHttp.Open open = api.guest(A).open("POST", MIGRATIONS, TO_B, "X-aws-ec2-metadata-token: " + token)) {
            GuestHttp.Answer answer = open.answer();
            assertThat(answer.status()).isEqualTo(202);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(answer.header("Content-Length")).isNotEmpty();
            // A client that reads to the end learns that this is the end, though the connection is still there.
            assertThat(open.hasEnded()).isTrue();
            assertWaits(asked);
        }
        long closed = System.nanoTime();
        long frozen = api.destinations.aboutToFreeze.get(60, TimeUnit.SECONDS);
        assertThat(Duration.ofNanos(frozen - closed)).isLessThan(ENGINE_PATIENCE.dividedBy(2));
    }

    @Test
    void aClientThatAsksForTheConnectionToBeClosedIsWaitedForAsWell() throws Exception {
        String token = api.guest(A).token(60);
        long asked = System.nanoTime();
        try (GuestHttp.Open open = api.guest(A)
                .open("POST", MIGRATIONS, TO_B, "X-aws-ec2-metadata-token: " + token, "Connection: close")) {
            assertThat(open.answer().status()).isEqualTo(202);
            assertThat(open.hasEnded()).isTrue();
            assertWaits(asked);
        }
        assertThat(api.destinations.aboutToFreeze).succeedsWithin(ENGINE_PATIENCE.dividedBy(2));
    }

    /** The freeze does not come while the connection is open, but for a wait so long that the engine's patience ends. */
    private void assertWaits(long asked) throws Exception {
        Thread.sleep(ENGINE_PATIENCE.dividedBy(4).toMillis());
        if (api.destinations.aboutToFreeze.isDone()) {
            assertThat(Duration.ofNanos(api.destinations.aboutToFreeze.get() - asked))
                    .isGreaterThanOrEqualTo(ENGINE_PATIENCE);
        }
    }

    @Test
    void aGuestThatNeverClosesCannotHoldTheMoveUp() throws Exception {
        String token = api.guest(A).token(60);
        try (GuestHttp.Open open = api.guest(A).open("POST", MIGRATIONS, TO_B, "X-aws-ec2-metadata-token: " + token)) {
            assertThat(open.answer().status()).isEqualTo(202);
            assertThat(api.destinations.aboutToFreeze).succeedsWithin(ENGINE_PATIENCE.multipliedBy(3));
        }
    }

    @Test
    void theRulesRefuseWithAReason() throws IOException {
        assertThat(error(ask(B, api.guest(B).token(60)), 403)).contains("does not allow");
        api.host.edit.setMetadata(
                org.tresccad.testing.TestingHost.MEMBER, a.id(), old -> Map.of("tresccad:destinations", "c, d"));
        assertThat(error(ask(A, api.guest(A).token(60)), 403)).contains("tresccad:destinations");
    }

    @Test
    void askingTooOftenIsRefusedForAWhile() throws IOException {
        api.moves.insert(move(a, MoveState.FAILED, Move.Figures.NONE));
        api.moves.insert(move(a, MoveState.FAILED, Move.Figures.NONE));
        GuestHttp.Answer answer = ask(A, api.guest(A).token(60));
        assertThat(error(answer, 429)).contains("2 times");
        assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(3500, 3601);
    }

    @Test
    void requestsThatMakeNoSenseAreRefused() throws IOException {
        String token = "X-aws-ec2-metadata-token: " + api.guest(A).token(60);
        GuestHttp guest = api.guest(A);
        assertThat(error(guest.post(MIGRATIONS, "", token), 400)).contains("JSON");
        assertThat(error(guest.post(MIGRATIONS, "{", token), 400)).contains("JSON");
        // As UTF-32, which JSON may be in, this has a code point that there is not.
        String noText = "\u0000\u0000\u0000{\u0000\u0011\u0000\u0000";
        assertThat(error(guest.post(MIGRATIONS, noText, token), 400)).contains("JSON");
        assertThat(error(guest.post(MIGRATIONS, "{}", token), 400)).contains("destination");
        assertThat(error(guest.post(MIGRATIONS, "{\"destination\":\"mars\"}", token), 400))
                .contains("mars");
        assertThat(error(guest.post(MIGRATIONS, "{\"destination\":\"b\",\"mode\":\"warp\"}", token), 400))
                .contains("mode");
        for (String seconds : List.of("0", "-2", "86401")) {
            String wish = "{\"destination\":\"b\",\"interruption_seconds\":" + seconds + "}";
            assertThat(error(guest.post(MIGRATIONS, wish, token), 400)).contains("interruption_seconds");
        }
        assertThat(error(guest.post(MIGRATIONS, "{\"destination\":\"b\",\"mode\":\"live\"}", token), 400))
                .contains("live");
        assertThat(error(guest.post(MIGRATIONS, " ".repeat(20_000), token), 413))
                .contains("16384");
        assertThat(error(guest.get("/tresccad/v1/nothing"), 404)).isNotEmpty();
        assertThat(api.moves.all()).isEmpty();
    }

    @Test
    void whatArrivedIsKnownAtTheDestinationUnderTheSameId() throws IOException {
        UUID id = UUID.randomUUID();
        arrive(a, id);
        JsonNode migration = json(api.guest(A).get(MIGRATIONS + "/" + id), 200).path("migration");
        assertThat(migration.path("status").asText()).isEqualTo("completed");
        assertThat(migration.path("source").asText()).isEqualTo("z");
        assertThat(migration.path("destination").asText()).isEqualTo("a");
        assertThat(migration.path("receiving_seconds").asDouble()).isEqualTo(2.3);
        assertThat(migration.path("interruption_seconds").isNull()).isTrue();
        assertThat(api.guest(B).get(MIGRATIONS + "/" + id).status()).isEqualTo(404);
    }

    @Test
    void aGuestThatCameHereLearnsHowLongItStoodStill() throws IOException {
        assertThat(json(api.guest(A).get(INSTANCE), 200).path("thawed").isNull())
                .isTrue();
        Instance arrived = a.atEpoch(a.epoch().next());
        arrive(a, UUID.randomUUID());
        api.host.database.execute(transaction -> api.host.instances.update(transaction, arrived));
        JsonNode thawed = json(api.guest(A).get(INSTANCE), 200).path("thawed");
        assertThat(thawed.path("at").asText()).isEqualTo("2026-11-20T12:00:02Z");
        assertThat(thawed.path("gap_seconds").asDouble()).isEqualTo(3.3);

        JsonNode events = json(api.guest(A).get(EVENTS + "?wait=30"), 200).path("events");
        assertThat(events).hasSize(2);
        assertThat(events.path(0).path("event").asText()).isEqualTo("frozen");
        assertThat(events.path(0).path("number").asInt()).isEqualTo(999_999);
        assertThat(events.path(0).path("at").asText()).isEqualTo("2026-11-20T11:59:59Z");
        JsonNode event = events.path(1);
        assertThat(event.path("event").asText()).isEqualTo("thawed");
        assertThat(event.path("number").asInt()).isEqualTo(1_000_000);
        assertThat(event.path("gap_seconds").asDouble()).isEqualTo(3.3);
        assertThat(event.path("source").asText()).isEqualTo("z");
        assertThat(event.path("host").asText()).isEqualTo("a");
        assertThat(json(api.guest(A).get(EVENTS + "?after=1000000"), 200).path("events"))
                .isEmpty();
        assertThat(json(api.guest(B).get(EVENTS), 200).path("events")).isEmpty();
    }

    @Test
    void aWaitForEventsEndsWithTheEventAndNoTwoOfAGuestWait() throws Exception {
        CompletableFuture<GuestHttp.Answer> first =
                CompletableFuture.supplyAsync(() -> api.guest(A).get(EVENTS + "?wait=30"));
        await("it to wait").until(GuestApiTest::isSomebodyWaiting);
        long sent = System.nanoTime();
        assertThat(json(api.guest(A).get(EVENTS + "?wait=30"), 200).path("events"))
                .isEmpty();
        // The one place of this listener is taken.
        assertThat(json(api.guest(B).get(EVENTS + "?wait=30"), 200).path("events"))
                .isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(Duration.ofSeconds(20));
        assertThat(first).isNotDone();
        arrive(a, UUID.randomUUID());
        api.changes.raise();
        assertThat(json(first.get(60, TimeUnit.SECONDS), 200).path("events")).hasSize(2);
    }

    @Test
    void connectionsAreKeptForOrdinaryAnswers() {
        assertThat(api.guest(A).get("/tresccad/v1/instance").header("Connection"))
                .isNotEqualTo("close");
    }

    @Test
    void requestIdsDiffer() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            ids.add(api.guest(A).get("/tresccad/v1/nothing").body());
        }
        assertThat(ids).hasSize(3);
    }

    private static boolean isSomebodyWaiting() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Stream::of)
                .anyMatch(frame -> frame.getClassName().equals(Changes.class.getName())
                        && frame.getMethodName().equals("waitForMoreThan"));
    }

    /** It came by the move {@code id}, frozen at 11:59:59 and running at 12:00:02.3. */
    private void arrive(Instance guest, UUID id) {
        Instant start = Instant.parse("2026-11-20T12:00:00Z");
        api.host.database.execute(transaction -> {
            Arrival receiving = new Arrival(
                    guest.epoch().next(),
                    ArrivalKind.HANDOVER,
                    guest.id(),
                    guest.project(),
                    ImageId.random(),
                    Optional.of(id),
                    "z",
                    UUID.randomUUID(),
                    new Manifest.Home("tresccad", UUID.randomUUID(), "z"),
                    new Claimant(UUID.randomUUID()),
                    true,
                    true,
                    false,
                    Optional.of(start.minusSeconds(1)),
                    ArrivalState.RECEIVING,
                    Optional.empty(),
                    start,
                    Optional.empty());
            api.arrivals.insert(transaction, receiving);
            Arrival arriving = receiving;
            for (ArrivalState next : List.of(ArrivalState.PREPARED, ArrivalState.ACCEPTED, ArrivalState.RUNNING)) {
                arriving = arriving.in(next, Optional.empty(), start.plusMillis(2300));
                api.arrivals.update(transaction, arriving);
            }
        });
    }

    private GuestHttp.Answer ask(String from, String token) {
        return api.guest(from).post(MIGRATIONS, TO_B, "X-aws-ec2-metadata-token: " + token);
    }

    private static Move move(Instance instance, MoveState state, Move.Figures figures) {
        return new Move(
                MoveId.random(),
                instance.id(),
                instance.name(),
                instance.epoch().next(),
                UUID.randomUUID(),
                instance.project(),
                instance.user(),
                "b",
                MoveMode.PACKAGE,
                Move.Origin.GUEST,
                Optional.empty(),
                state,
                Optional.empty(),
                Optional.empty(),
                true,
                figures,
                Instant.now(),
                Optional.of(Instant.now()));
    }

    private static Optional<Duration> seconds(long seconds) {
        return Optional.of(Duration.ofSeconds(seconds));
    }

    private static JsonNode json(GuestHttp.Answer answer, int status) throws IOException {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        return Json.mapper().readTree(answer.body());
    }

    private static String error(GuestHttp.Answer answer, int status) throws IOException {
        JsonNode error = json(answer, status).path("error");
        assertThat(error.path("code").asInt()).isEqualTo(status);
        assertThat(error.path("request_id").asText()).startsWith("req-");
        return error.path("message").asText();
    }
}
