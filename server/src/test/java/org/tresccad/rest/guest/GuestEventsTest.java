package org.tresccad.rest.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.instance.GuestEvent.Cause;
import org.tresccad.instance.Instance;
import org.tresccad.instance.TaskState;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.metadata.GuestPolicy;
import org.tresccad.rest.Json;
import org.tresccad.testing.TestingHost;

/** What a guest is told before it is frozen and after it ran on, what it may answer, and for how long it is waited. */
class GuestEventsTest {
    private static final String A = "127.0.1.2";
    private static final String B = "127.0.1.3";
    private static final String EVENTS = "/tresccad/v1/events";

    @TempDir
    private Path directory;

    private TestingGuestApi api;
    private Instance a;

    @BeforeEach
    void serve() {
        api = new TestingGuestApi(
                directory, new GuestPolicy(GuestPolicy.MayAsk.OWNER, 2, Duration.ofHours(1)), GuestLimits.ofDefaults());
        a = api.boot("a", A, Map.of());
        api.boot("b", B, Map.of());
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void whoListensIsToldAndTheWaitEndsWithItsAnswer() throws Exception {
        CompletableFuture<GuestHttp.Answer> poll = poll(-1);
        CompletableFuture<Void> announced = announce(new Cancellation());

        JsonNode event = events(poll.get(30, TimeUnit.SECONDS)).get(0);
        assertThat(event.path("event").asText()).isEqualTo("prepare");
        assertThat(event.path("number").asLong()).isEqualTo(1);
        assertThat(event.path("cause").asText()).isEqualTo("move");
        assertThat(event.path("destination").asText()).isEqualTo("b");
        assertThat(event.path("deadline").asText()).startsWith("20");
        assertThat(event.has("gap_seconds")).isFalse();
        assertThat(announced).isNotDone();

        assertThat(answer(A, 1, "ready", "").status()).isEqualTo(204);

        assertThat(announced).succeedsWithin(TestingGuestApi.PREPARE_TIME.dividedBy(2));
        assertThat(answer(A, 1, "ready", "").status())
                .as("nobody waits any more")
                .isEqualTo(409);
    }

    @Test
    void whoIsReadyIsNotFrozenBeforeItHasReadThatItWasHeard() {
        api.host.guestListeners.open(a.id());
        CompletableFuture<Void> announced = announce(new Cancellation());

        try (GuestHttp.Open ready = sayReady()) {
            GuestHttp.Answer answer = ready.answer();
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(ready.hasEnded()).isTrue();
            assertThat(announced).isNotDone();
        }

        assertThat(announced).succeedsWithin(TestingGuestApi.PREPARE_TIME.dividedBy(2));
    }

    @Test
    void whoIsReadyAndNeverClosesItsConnectionIsFrozenAllTheSame() {
        api.host.guestListeners.open(a.id());
        CompletableFuture<Void> announced = announce(new Cancellation());

        try (GuestHttp.Open ready = sayReady()) {
            assertThat(ready.answer().status()).isEqualTo(204);
            assertThat(announced).succeedsWithin(TestingGuestApi.PREPARE_TIME.dividedBy(2));
        }
    }

    /** The guest answers the first event; its connection stays open for the caller. */
    private GuestHttp.Open sayReady() {
        awaitPrepare();
        GuestHttp guest = api.guest(A);
        return guest.open("POST", EVENTS + "/1/ready", "", "X-aws-ec2-metadata-token: " + guest.token(60));
    }

    @Test
    void whoDoesNotListenIsNeitherToldNorWaitedFor() throws IOException {
        assertThat(announce(new Cancellation())).succeedsWithin(TestingGuestApi.PREPARE_TIME.dividedBy(2));
        assertThat(events(api.guest(A).get(EVENTS))).isEmpty();
    }

    @Test
    void oneDelayIsGivenAndNoLongerThanTheOperatorAllows() throws Exception {
        api.host.guestListeners.open(a.id());
        CompletableFuture<Void> announced = announce(new Cancellation());
        awaitPrepare();

        GuestHttp.Answer granted = answer(A, 1, "delay", "{\"seconds\": 3600}");

        assertThat(granted.status()).as(granted.body()).isEqualTo(200);
        assertThat(Json.mapper().readTree(granted.body()).path("seconds").asDouble())
                .isEqualTo(1.0);
        assertThat(answer(A, 1, "delay", "{\"seconds\": 1}").status()).isEqualTo(409);
        assertThat(announced)
                .as("its time is that of the delay from here on")
                .succeedsWithin(TestingGuestApi.PREPARE_TIME.dividedBy(2));
    }

    @Test
    void answersThatMakeNoSenseAreRefusedAndTheWaitGoesOn() {
        api.host.guestListeners.open(a.id());
        CompletableFuture<Void> announced = announce(new Cancellation());
        awaitPrepare();

        assertThat(api.guest(A).post(EVENTS + "/1/ready", "").status())
                .as("without a token")
                .isEqualTo(401);
        assertThat(answer(B, 1, "ready", "").status()).as("another guest").isEqualTo(404);
        assertThat(answer(A, 2, "ready", "").status()).as("another event").isEqualTo(404);
        assertThat(answer(A, 1, "never", "").status()).isEqualTo(404);
        for (String body : List.of("", "{}", "{\"seconds\": 0}", "{\"seconds\": -1}", "{\"seconds\": \"x\"}")) {
            assertThat(answer(A, 1, "delay", body).status()).as(body).isEqualTo(400);
        }
        assertThat(answer(A, 1, "delay", "{\"seconds\": 99999999999999999999}").status())
                .isEqualTo(400);
        assertThat(announced).isNotDone();

        assertThat(answer(A, 1, "ready", "").status()).isEqualTo(204);
        assertThat(announced).succeedsWithin(TestingGuestApi.PREPARE_TIME.dividedBy(2));
    }

    @Test
    void aCancelEndsTheWaitAndTheGuestIsToldThatItRunsOn() throws Exception {
        CompletableFuture<GuestHttp.Answer> poll = poll(-1);
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Void> announced = announce(cancellation);
        assertThat(events(poll.get(30, TimeUnit.SECONDS))).hasSize(1);
        CompletableFuture<GuestHttp.Answer> next = poll(1);

        cancellation.cancel("asked for by somebody");

        assertThatThrownBy(announced::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(Cancelled.class);
        api.preparing.cancelled(a.id());
        assertThat(kinds(next.get(30, TimeUnit.SECONDS))).containsExactly("cancelled");
        assertThat(answer(A, 1, "ready", "").status()).isEqualTo(409);
    }

    @Test
    void aWaitForEventsEndsBeforeTheGuestStandsStill() throws Exception {
        CompletableFuture<GuestHttp.Answer> poll = poll(-1);

        api.host.power.pause(TestingHost.MEMBER, a.id());

        GuestHttp.Answer answer = poll.get(30, TimeUnit.SECONDS);
        assertThat(kinds(answer)).containsExactly("frozen");
        assertThat(answer.header("Connection")).isEqualTo("close");
        api.host.power.unpause(TestingHost.MEMBER, a.id());
        JsonNode thawed = events(api.guest(A).get(EVENTS + "?after=1")).get(0);
        assertThat(thawed.path("event").asText()).isEqualTo("thawed");
        assertThat(thawed.path("gap_seconds").asDouble()).isNotNegative();
        assertThat(thawed.path("host").asText()).isEqualTo("a");
        JsonNode instance =
                Json.mapper().readTree(api.guest(A).get("/tresccad/v1/instance").body());
        assertThat(instance.path("thawed").path("gap_seconds")).isEqualTo(thawed.path("gap_seconds"));
    }

    @Test
    void aWaitDoesNotBeginWhenTheGuestIsAboutToStandStill() {
        api.host.power.pause(TestingHost.MEMBER, a.id());
        api.host.instances.change(
                a.id(), i -> i.with(i.status(), Optional.of(TaskState.MIGRATING), api.host.clock.instant()));

        assertThat(api.guest(A).get(EVENTS).status()).as("news there are").isEqualTo(200);
        GuestHttp.Answer wait = api.guest(A).get(EVENTS + "?after=1&wait=30");
        assertThat(wait.status()).isEqualTo(429);
        assertThat(wait.header("Retry-After")).isEqualTo("1");
    }

    private CompletableFuture<Void> announce(Cancellation cancellation) {
        return CompletableFuture.runAsync(() -> api.preparing.announce(a, Cause.MOVE, Optional.of("b"), cancellation));
    }

    /** A request that waits in the listener when this returns. */
    private CompletableFuture<GuestHttp.Answer> poll(long after) {
        CompletableFuture<GuestHttp.Answer> poll =
                CompletableFuture.supplyAsync(() -> api.guest(A).get(EVENTS + "?wait=30&after=" + after));
        await("it to wait").until(() -> Thread.getAllStackTraces().values().stream()
                .flatMap(java.util.Arrays::stream)
                .anyMatch(frame -> frame.getMethodName().equals("waitForMoreThan")));
        return poll;
    }

    private void awaitPrepare() {
        await("the guest to be told")
                .until(() -> !api.host.guestEvents.of(a.id()).isEmpty());
    }

    private GuestHttp.Answer answer(String from, long number, String verb, String body) {
        GuestHttp guest = api.guest(from);
        return guest.post(EVENTS + "/" + number + "/" + verb, body, "X-aws-ec2-metadata-token: " + guest.token(60));
    }

    private static JsonNode events(GuestHttp.Answer answer) throws IOException {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return Json.mapper().readTree(answer.body()).path("events");
    }

    private static List<String> kinds(GuestHttp.Answer answer) throws IOException {
        return StreamSupport.stream(events(answer).spliterator(), false)
                .map(event -> event.path("event").asText())
                .toList();
    }
}
