package org.tresccad.client.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.CloudUnreachable;
import org.tresccad.client.error.ContentMismatch;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.http.Json;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;

class ImagesTest {
    private static final byte[] HELLO = "hello".getBytes(UTF_8);

    private TestingCloud there;
    private Cloud cloud;
    private Images images;

    @BeforeEach
    void start() throws IOException {
        there = new TestingCloud();
        cloud = there.connect();
        images = cloud.images();
    }

    @AfterEach
    void stop() {
        cloud.close();
        there.close();
    }

    @Test
    void aListFollowsItsPagesBelowThePrefixOfTheService() {
        for (int number = 0; number < 5; number++) {
            there.images.add("image" + number, HELLO, Map.of());
        }
        assertThat(images.list())
                .extracting(image -> image.name().orElse(""))
                .containsExactlyInAnyOrder("image0", "image1", "image2", "image3", "image4");
        assertThat(there.asked("GET", "/image/v2/images")).hasSize(3);
    }

    @Test
    void pagesThatGoInACircleAreAnError() {
        there.script(
                "GET /image/v2/images", Answer.json(200, Map.of("images", List.of(), "next", "/v2/images?marker=x")));
        assertThatThrownBy(images::list).isInstanceOf(CloudProtocolError.class).hasMessageContaining("circle");
    }

    @Test
    void readsFieldsDigestAndFreeProperties() {
        String id = there.images.add("base", HELLO, Map.of("os_distro", "debian", "hw_vcpus", 2, "min_ram", 64));
        Image image = images.get(id);
        assertThat(image.active()).isTrue();
        assertThat(image.properties()).isEqualTo(Map.of("os_distro", "debian", "hw_vcpus", "2"));
        assertThat(image.content().sizeBytes()).hasValue(5);
        assertThat(image.content().minRamMib()).isEqualTo(64);
        assertThat(image.content().digest().orElseThrow().algorithm()).isEqualTo("sha512");
    }

    @Test
    void findsByIdThenByNameAndNeverGuesses() {
        String id = there.images.add("base", HELLO, Map.of());
        assertThat(images.find(id).id()).isEqualTo(id);
        assertThat(images.find("base").id()).isEqualTo(id);
        assertThatThrownBy(() -> images.find("bas")).isInstanceOf(CloudNotFound.class);
        assertThatThrownBy(() -> images.find("..")).isInstanceOf(CloudNotFound.class);
        there.images.add("base", HELLO, Map.of());
        assertThatThrownBy(() -> images.find("base"))
                .isInstanceOf(CloudConflict.class)
                .hasMessageContaining(id);
    }

    @Test
    void glancesHtmlErrorIsReadable() {
        assertThatThrownBy(() -> images.get("gone"))
                .isInstanceOf(CloudNotFound.class)
                .hasMessage("Cloud here would not show image gone (404): Failed to find image gone");
    }

    @Test
    void createsUpdatesAndDeletes() {
        Image made = images.create(NewImage.bare("new", "qcow2", Map.of("a", "1", "b", "2")));
        assertThat(made.status()).isEqualTo("queued");

        Image changed = images.update(made.id(), List.of(Change.add("a", "9"), Change.remove("b")));
        assertThat(changed.properties()).isEqualTo(Map.of("a", "9"));
        TestingCloud.Asked patch = there.asked("PATCH", "/image/v2/images/").get(0);
        assertThat(patch.headers().get("content-type")).isEqualTo("application/openstack-images-v2.1-json-patch");
        assertThat(patch.body())
                .isEqualTo("[{\"op\":\"add\",\"path\":\"/a\",\"value\":\"9\"},{\"op\":\"remove\",\"path\":\"/b\"}]");

        images.delete(made.id());
        assertThatThrownBy(() -> images.get(made.id())).isInstanceOf(CloudNotFound.class);
    }

    @Test
    void anIdOfOurChoiceThatExistsIsAConflict() {
        NewImage wanted = new NewImage(Optional.of("11111111-2222"), "x", "raw", "bare", Map.of(), List.of());
        images.create(wanted);
        assertThatThrownBy(() -> images.create(wanted))
                .isInstanceOf(CloudConflict.class)
                .hasMessageContaining("Image ID exists!");
    }

    @Test
    void uploadsChunkedAndTellsProgress() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        AtomicLong told = new AtomicLong();
        images.upload(
                made.id(),
                new ByteArrayInputStream(HELLO),
                OptionalLong.of(5),
                new Watch((done, total) -> told.set(done), new Cancellation()));

        assertThat(there.images.data.get(made.id())).isEqualTo(HELLO);
        assertThat(told).hasValue(5);
        assertThat(there.asked("PUT", "/image/v2/images/").get(0).headers())
                .containsEntry("content-type", "application/octet-stream")
                .containsEntry("transfer-encoding", "chunked")
                .doesNotContainKey("content-length");
    }

    @Test
    void aTokenRevokedBeforeAnUploadDoesNotSpoilIt() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        there.revokeTokens();
        images.upload(made.id(), new ByteArrayInputStream(HELLO), OptionalLong.empty(), Watch.none());
        assertThat(images.get(made.id()).active()).isTrue();
    }

    @Test
    void contentThatCannotBeProducedNeverLooksComplete() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        assertThatThrownBy(() -> images.upload(
                        made.id(),
                        out -> {
                            out.write(new byte[300_000]);
                            throw new IOException("disk is broken");
                        },
                        OptionalLong.empty(),
                        Watch.none()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("disk is broken");
        await("the cloud sees the cut").until(() -> there.images.aborted.get() == 1);
        assertThat(there.images.completed).hasValue(0);
        assertThat(images.get(made.id()).status()).isEqualTo("queued");
    }

    @Test
    void contentOfAnotherSizeThanAnnouncedIsAborted() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        byte[] block = new byte[300_000];
        assertThatThrownBy(() -> images.upload(
                        made.id(), new ByteArrayInputStream(block), OptionalLong.of(300_001), Watch.none()))
                .isInstanceOf(UncheckedIOException.class);
        await("the cloud sees the cut").until(() -> there.images.aborted.get() == 1);
        assertThat(there.images.completed).hasValue(0);
    }

    @Test
    void anUploadCanBeCancelledInTheMiddle() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Void> upload = CompletableFuture.runAsync(() -> images.upload(
                made.id(),
                out -> {
                    byte[] block = new byte[64 << 10];
                    while (true) {
                        out.write(block);
                    }
                },
                OptionalLong.empty(),
                new Watch(Progress.NONE, cancellation)));
        await("data flows").until(() -> there.images.received.get() > 1 << 20);

        cancellation.cancel();

        assertThatThrownBy(upload::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(TransferCancelled.class);
        await("the cloud sees the cut").until(() -> there.images.aborted.get() == 1);
        assertThat(there.images.completed).hasValue(0);
    }

    @Test
    void anUploadThatTheCloudDoesNotReadTimesOut() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        there.stall("PUT /image/v2/images/" + made.id() + "/file");
        assertThatThrownBy(() -> images.upload(
                        made.id(),
                        out -> {
                            byte[] block = new byte[1 << 20];
                            while (true) {
                                out.write(block);
                            }
                        },
                        OptionalLong.empty(),
                        Watch.none()))
                .isInstanceOf(CloudTimeout.class);
    }

    @Test
    void aRefusalInTheMiddleOfAnUploadIsHeard() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        there.script(
                "PUT /image/v2/images/" + made.id() + "/file",
                Answer.text(413, "text/html", "<html><h1>413</h1>Quota is used up.</html>"));
        assertThatThrownBy(() ->
                        images.upload(made.id(), new ByteArrayInputStream(HELLO), OptionalLong.empty(), Watch.none()))
                .isInstanceOf(CloudRefused.class)
                .hasMessageContaining("Quota is used up.");
    }

    @Test
    void onlyAQueuedImageTakesData() {
        String id = there.images.add("base", HELLO, Map.of());
        assertThatThrownBy(() -> images.upload(id, new ByteArrayInputStream(HELLO), OptionalLong.empty(), Watch.none()))
                .isInstanceOf(CloudConflict.class)
                .hasMessageContaining("active");
        assertThat(there.asked("PUT", "/")).isEmpty();
    }

    @Test
    void downloadsAndVerifies() throws IOException {
        String id = there.images.add("base", HELLO, Map.of());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        images.download(id, out, DownloadOptions.VERIFIED, Watch.none());
        assertThat(out.toByteArray()).isEqualTo(HELLO);

        there.images.data.put(id, "hellO".getBytes(UTF_8));
        assertThatThrownBy(() -> images.download(id, out, DownloadOptions.VERIFIED, Watch.none()))
                .isInstanceOf(ContentMismatch.class);
        ByteArrayOutputStream unverified = new ByteArrayOutputStream();
        images.download(id, unverified, new DownloadOptions(false, false, Optional.empty()), Watch.none());
        assertThat(unverified.toString(UTF_8)).isEqualTo("hellO");
    }

    @Test
    void aDownloadThatEndsEarlyIsAnErrorAndNotAnEnd() {
        String id = there.images.add("base", new byte[100_000], Map.of());
        there.images.cutBytes = 1;
        assertThatThrownBy(() -> images.download(
                        id,
                        new ByteArrayOutputStream(),
                        new DownloadOptions(false, false, Optional.empty()),
                        Watch.none()))
                .isInstanceOf(CloudUnreachable.class);
    }

    @Test
    void followingAsksForDataThatIsStillBeingWritten() throws IOException {
        String id = there.images.add("base", HELLO, Map.of());
        try (InputStream in = images.download(
                id, new DownloadOptions(true, false, Optional.of(Duration.ofMinutes(1))), Watch.none())) {
            assertThat(in.readAllBytes()).isEqualTo(HELLO);
        }
        assertThat(there.asked("GET", "/image/v2/images/" + id + "/file").get(0).headers())
                .containsEntry("x-tresccad-follow", "true");
    }

    @Test
    void aCancelledDownloadEndsAsSuch() throws IOException {
        String id = there.images.add("base", new byte[1 << 20], Map.of());
        Cancellation cancellation = new Cancellation();
        try (InputStream in = images.download(id, DownloadOptions.VERIFIED, new Watch(Progress.NONE, cancellation))) {
            assertThat(in.read()).isZero();
            cancellation.cancel();
            assertThatThrownBy(() -> in.readAllBytes()).isInstanceOf(TransferCancelled.class);
        }
    }

    @Test
    void importsInGlancesWords() {
        assertThat(images.importMethods()).isEmpty();
        there.images.importMethods = List.of("web-download", "glance-download");
        assertThat(images.importMethods()).contains("glance-download");
        there.images.importer = (region, id) -> Optional.of(HELLO);
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));

        images.importFrom(made.id(), "edge", "source-id");

        assertThat(there.asked("POST", "/image/v2/images/" + made.id() + "/import")
                        .get(0)
                        .json())
                .isEqualTo(Json.MAPPER.valueToTree(Map.of(
                        "method",
                        Map.of(
                                "name", "glance-download",
                                "glance_image_id", "source-id",
                                "glance_region", "edge",
                                "glance_service_interface", "public"))));
        assertThat(images.awaitActive(made.id(), Duration.ofMinutes(1), Progress.NONE, new Cancellation())
                        .content()
                        .sizeBytes())
                .hasValue(5);
    }

    @Test
    void waitingEndsWhenTheImageIsLostOrTimeIsUp() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        assertThatThrownBy(
                        () -> images.awaitActive(made.id(), Duration.ofMillis(50), Progress.NONE, new Cancellation()))
                .isInstanceOf(CloudTimeout.class)
                .hasMessageContaining("queued");
        there.images.set(made.id(), "status", "killed");
        assertThatThrownBy(
                        () -> images.awaitActive(made.id(), Duration.ofMinutes(1), Progress.NONE, new Cancellation()))
                .isInstanceOf(ResourceFailed.class);
    }

    /** Glance then makes it queued again; why, only the task says. */
    @Test
    void waitingEndsWhenTheImportFailed() {
        Image made = images.create(NewImage.bare("new", "raw", Map.of()));
        String tasks = "GET /image/v2/images/" + made.id() + "/tasks";
        Map<String, String> earlier = Map.of("status", "failure", "message", "no", "created_at", "2026-11-30T10:00:00");
        there.script(
                tasks,
                Answer.json(200, Map.of("tasks", List.of(Map.of("status", "processing", "created_at", "9"), earlier))));
        assertThatThrownBy(
                        () -> images.awaitActive(made.id(), Duration.ofMillis(50), Progress.NONE, new Cancellation()))
                .isInstanceOf(CloudTimeout.class);
        there.script(tasks, Answer.json(200, Map.of("tasks", List.of(earlier))));
        assertThatThrownBy(
                        () -> images.awaitActive(made.id(), Duration.ofMinutes(1), Progress.NONE, new Cancellation()))
                .isInstanceOf(ResourceFailed.class)
                .hasMessageContaining("queued: no");
    }

    @Test
    void noErrorShowsTheToken() {
        images.list();
        there.script("GET /image/v2/images", Answer.text(500, "text/plain", "oops"));
        assertThatThrownBy(images::list)
                .isInstanceOf(CloudException.class)
                .satisfies(failure -> assertThat(failure.toString()).doesNotContain("token-1"));
    }
}
