package org.tresccad.rest.glance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.tresccad.rest.TestClient.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.rest.TestClient;
import org.tresccad.rest.TestServer;

final class GlanceApiTest {
    private static final byte[] DATA = data();
    private static final String RAW = "\"disk_format\": \"raw\", \"container_format\": \"bare\"";

    @TempDir
    private static Path directory;

    private static TestServer server;
    private static TestClient demo;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory);
        demo = TestClient.of(server, "demo");
    }

    @AfterEach
    void deleteImages() {
        for (JsonNode image : json(demo.get("/image/v2/images?limit=1000")).get("images")) {
            demo.delete("/image/v2/images/" + image.get("id").asText());
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void anImageIsCreatedUploadedShownDownloadedAndDeleted() {
        HttpResponse<String> created = demo.post(
                "/image/v2/images", "{\"name\": \"tick\", " + RAW + ", \"min_ram\": 64, \"kernel_id\": \"k\"}");
        assertThat(created.statusCode()).isEqualTo(201);
        JsonNode queued = json(created);
        assertThat(queued.get("status").asText()).isEqualTo("queued");
        assertThat(queued.get("visibility").asText()).isEqualTo("shared");
        assertThat(queued.get("os_hash_algo").isNull()).isTrue();
        String path = "/image/v2/images/" + queued.get("id").asText();
        assertThat(created.headers().firstValue("Location")).contains(server.uri() + path);
        assertThat(demo.get(path + "/file").statusCode()).isEqualTo(204);

        assertThat(demo.put(path + "/file", DATA).statusCode()).isEqualTo(204);

        JsonNode active = json(demo.get(path));
        assertThat(active.get("status").asText()).isEqualTo("active");
        assertThat(active.get("size").asInt()).isEqualTo(DATA.length);
        assertThat(active.get("kernel_id").asText()).isEqualTo("k");
        HttpResponse<String> file = demo.get(path + "/file", "Accept", "application/json");
        assertThat(file.body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(DATA);
        assertThat(file.headers().firstValue("Content-MD5"))
                .contains(active.get("checksum").asText());
        assertThat(file.headers().firstValue("Content-Length")).contains(String.valueOf(DATA.length));
        assertThat(file.headers().firstValue("Content-Type")).contains("application/octet-stream");

        HttpResponse<String> deleted = demo.delete(path, "Content-Type", "application/octet-stream");
        assertThat(deleted.statusCode()).isEqualTo(204);
        assertThat(deleted.body()).isEmpty();
        assertThat(demo.get(path).statusCode()).isEqualTo(404);
        assertThat(demo.delete(path).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-9, 206, 0, 10",
        "bytes=100-, 206, 100, 199900",
        "bytes=-7, 206, 199993, 7",
        "bytes=0-999999, 206, 0, 200000",
        "bytes=5-4, 200, 0, 200000",
        "lines=1-2, 200, 0, 200000"
    })
    void aRangeIsGiven(String range, int status, int from, int length) {
        String path = uploaded();

        HttpResponse<String> part = demo.get(path + "/file", "Range", range);

        assertThat(part.statusCode()).isEqualTo(status);
        assertThat(part.body()).isEqualTo(new String(DATA, from, length, StandardCharsets.ISO_8859_1));
        if (status == 206) {
            assertThat(part.headers().firstValue("Content-Range"))
                    .contains("bytes " + from + "-" + (from + length - 1) + "/200000");
        }
    }

    @Test
    void aRangePastTheEndIsA416() {
        assertThat(demo.get(uploaded() + "/file", "Range", "bytes=200000-").statusCode())
                .isEqualTo(416);
    }

    @Test
    void theHeadersOfTheDataAreGivenAlone() {
        HttpResponse<String> head = demo.send("HEAD", uploaded() + "/file", BodyPublishers.noBody());

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Length")).contains("200000");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"disk_format\": \"floppy\"} | 400",
                "{\"container_format\": \"box\"} | 400",
                "{\"min_disk\": -1} | 400",
                "{\"min_disk\": \"1\"} | 400",
                "{\"protected\": \"yes\"} | 400",
                "{\"visibility\": \"secret\"} | 400",
                "{\"visibility\": \"public\"} | 403",
                "{\"id\": \"1\"} | 400",
                "{\"tags\": \"a\"} | 400",
                "{\"x\": 1} | 400",
                "{\"size\": 1} | 403",
                "{\"os_glance_x\": \"1\"} | 403",
                "[] | 400"
            })
    void whatAnImageCannotBeIsRefused(String body, int status) {
        assertThat(demo.post("/image/v2/images", body).statusCode()).isEqualTo(status);
        assertThat(json(demo.get("/image/v2/images")).get("images")).isEmpty();
    }

    @Test
    void bothPatchNotationsAreRead() {
        String path = created("old");

        HttpResponse<String> patched = patch(
                path,
                "application/openstack-images-v2.1-json-patch",
                "[{\"op\": \"replace\", \"path\": \"/name\", \"value\": \"new\"},"
                        + "{\"op\": \"add\", \"path\": \"/a~1b~0c\", \"value\": \"1\"}]");
        assertThat(patched.statusCode()).isEqualTo(200);
        assertThat(json(patched).get("name").asText()).isEqualTo("new");
        assertThat(json(patched).get("a/b~c").asText()).isEqualTo("1");

        HttpResponse<String> older = patch(
                path,
                "application/openstack-images-v2.0-json-patch",
                "[{\"replace\": \"/name\", \"value\": \"newer\"}, {\"remove\": \"/a~1b~0c\"}]");
        assertThat(json(older).get("name").asText()).isEqualTo("newer");
        assertThat(json(older).has("a/b~c")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{\"op\": \"replace\", \"path\": \"/missing\", \"value\": \"1\"}] | 409",
                "[{\"op\": \"remove\", \"path\": \"/missing\"}] | 409",
                "[{\"op\": \"remove\", \"path\": \"/name\"}] | 403",
                "[{\"op\": \"replace\", \"path\": \"/status\", \"value\": \"active\"}] | 403",
                "[{\"op\": \"add\", \"path\": \"/os_glance_x\", \"value\": \"1\"}] | 403",
                "[{\"op\": \"move\", \"path\": \"/name\", \"value\": \"1\"}] | 400",
                "[{\"op\": \"add\", \"path\": \"name\", \"value\": \"1\"}] | 400",
                "[{\"op\": \"add\", \"path\": \"/tags/x\", \"value\": \"1\"}] | 400",
                "[{\"op\": \"add\", \"path\": \"/a~2\", \"value\": \"1\"}] | 400",
                "[{\"op\": \"add\", \"path\": \"/a\"}] | 400",
                "[1] | 400",
                "{} | 400"
            })
    void aBadPatchChangesNothing(String body, int status) {
        String path = created("image");
        JsonNode before = json(demo.get(path));

        assertThat(patch(path, "application/openstack-images-v2.1-json-patch", body)
                        .statusCode())
                .isEqualTo(status);
        assertThat(json(demo.get(path))).isEqualTo(before);
    }

    @Test
    void aPatchOfAnotherTypeIsA415() {
        assertThat(patch(created("x"), "text/plain", "[]").statusCode()).isEqualTo(415);
    }

    @Test
    void aListIsFilteredSortedAndPaged() {
        for (String name : List.of("c", "a", "d", "b", "e")) {
            created(name);
        }

        assertThat(names("?sort=name:asc")).containsExactly("a", "b", "c", "d", "e");
        assertThat(names("?sort_key=name&sort_dir=desc")).containsExactly("e", "d", "c", "b", "a");
        assertThat(names("?name=in:a,e&sort=name:asc")).containsExactly("a", "e");
        assertThat(names("?limit=0")).isEmpty();
        assertThat(names("?status=active")).isEmpty();
        assertThat(names("?x=y")).isEmpty();
        List<String> paged = new ArrayList<>();
        String next = "/v2/images?limit=2&sort_key=name&sort_dir=asc";
        while (!next.isEmpty()) {
            JsonNode page = json(demo.get("/image" + next));
            page.get("images").forEach(image -> paged.add(image.get("name").asText()));
            next = page.path("next").asText();
        }
        assertThat(paged).containsExactly("a", "b", "c", "d", "e");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=-1",
                "limit=x",
                "marker=x",
                "marker=4f2d4f0e-2b29-4b5c-9d0c-000000000000",
                "sort=nope:asc",
                "sort=name:up",
                "visibility=nope",
                "size_min=x",
                "created_at=gte:yesterday",
                "protected=maybe",
                "sort=name&sort_key=name",
                "name=in:%22a"
            })
    void aListThatMakesNoSenseIsA400(String query) {
        assertThat(demo.get("/image/v2/images?" + query).statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /image/v2/images/",
        "DELETE, /image/v2/images/",
        "GET, /image/v2/images/nonsense",
        "GET, /image/v2/info/stores",
        "GET, /image/v2/schemas/nonsense"
    })
    void whatIsNotThereIsA404(String method, String path) {
        assertThat(demo.send(method, path, BodyPublishers.noBody()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void tagsMayHoldSlashesAndHaveNoBody() {
        String path = created("image");

        assertThat(demo.put(path + "/tags/a%2Fb", new byte[0]).statusCode()).isEqualTo(204);
        assertThat(json(demo.get(path)).at("/tags/0").asText()).isEqualTo("a/b");
        assertThat(demo.delete(path + "/tags/a%2Fb").statusCode()).isEqualTo(204);
        assertThat(demo.delete(path + "/tags/a%2Fb").statusCode()).isEqualTo(404);
    }

    @Test
    void anImageIsSharedAcceptedAndListed() {
        String path = uploaded();
        TestClient alt = TestClient.of(server, "alt");
        String project =
                json(alt.get("/identity/v3/auth/projects")).at("/projects/0/id").asText();

        assertThat(alt.get(path).statusCode()).isEqualTo(404);
        assertThat(demo.post(path + "/members", "{\"member\": \"" + project + "\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(demo.post(path + "/members", "{\"member\": \"" + project + "\"}")
                        .statusCode())
                .isEqualTo(409);
        HttpResponse<String> accepted = alt.send(
                "PUT",
                path + "/members/" + project,
                BodyPublishers.ofString("{\"status\": \"accepted\"}"),
                "Content-Type",
                "application/json");
        assertThat(json(accepted).get("status").asText()).isEqualTo("accepted");
        assertThat(json(alt.get("/image/v2/images")).get("images")).hasSize(1);
        assertThat(demo.delete(path + "/members/" + project).statusCode()).isEqualTo(204);
        assertThat(alt.get(path + "/file").statusCode()).isEqualTo(404);
    }

    @Test
    void uploadsNeedAQueuedImageAndOctets() {
        String path = uploaded();

        assertThat(demo.put(path + "/file", DATA).statusCode()).isEqualTo(409);
        assertThat(demo.send("PUT", created("x") + "/file", BodyPublishers.ofString("x"), "Content-Type", "text/plain")
                        .statusCode())
                .isEqualTo(415);
    }

    @Test
    void stagedDataIsImported() {
        String path = created("staged");

        assertThat(demo.put(path + "/stage", DATA).statusCode()).isEqualTo(204);
        assertThat(json(demo.get(path)).get("status").asText()).isEqualTo("uploading");
        assertThat(demo.post(path + "/import", "{\"method\": {\"name\": \"glance-direct\"}}")
                        .statusCode())
                .isEqualTo(202);
        await().until(() -> json(demo.get(path)).get("status").asText().equals("active"));
        assertThat(demo.post(path + "/import", "{\"method\": {\"name\": \"teleport\"}}")
                        .statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"image", "images", "member", "members"})
    void schemasNameWhatTheyDescribe(String name) {
        JsonNode schema = json(demo.get("/image/v2/schemas/" + name));

        assertThat(schema.get("name").asText()).isEqualTo(name);
        assertThat(schema.get("properties").isObject()).isTrue();
    }

    @Test
    void anUploadCutHalfWayLeavesTheImageQueued() throws IOException {
        String path = created("cut");
        for (String framing : List.of("Content-Length: 100000", "Transfer-Encoding: chunked")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                OutputStream out = socket.getOutputStream();
                out.write(("PUT " + path + "/file HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: " + demo.token()
                                + "\r\nContent-Type: application/octet-stream\r\n" + framing + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                out.write("ffff\r\nhalf of it".getBytes(StandardCharsets.US_ASCII));
                out.flush();
                await().until(() -> json(demo.get(path)).get("status").asText().equals("saving"));
            }
            await().until(() -> json(demo.get(path)).get("status").asText().equals("queued"));
        }
    }

    @Test
    void aFollowerReadsAnUploadWhileItArrives() throws IOException {
        String path = created("growing");
        try (Socket upload = uploading(path)) {
            HttpURLConnection follower = follow(path);
            try (InputStream in = follower.getInputStream()) {
                assertThat(in.readNBytes(65536)).isEqualTo(bytes(0, 65536));

                OutputStream out = upload.getOutputStream();
                chunk(out, 100_000, 200_000);
                out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                out.flush();

                assertThat(in.readAllBytes()).isEqualTo(bytes(65536, 200_000));
            }
        }
        assertThat(json(demo.get(path)).get("size").asInt()).isEqualTo(200_000);
    }

    @Test
    void aFollowerOfAFailedUploadIsCutOff() throws IOException {
        String path = created("failing");
        Socket upload = uploading(path);
        HttpURLConnection follower = follow(path);
        assertThat(follower.getInputStream().readNBytes(65536)).hasSize(65536);

        upload.close();

        assertThatThrownBy(() -> follower.getInputStream().readAllBytes()).isInstanceOf(IOException.class);
    }

    @Test
    void aConnectionToBeClosedIsSaidToBeClosed() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write("GET /identity/v3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .containsIgnoringCase("\r\nConnection: close\r\n");
        }
    }

    /** An upload of which 100,000 bytes have arrived. */
    private Socket uploading(String path) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        OutputStream out = socket.getOutputStream();
        out.write(("PUT " + path + "/file HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: " + demo.token()
                        + "\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        chunk(out, 0, 100_000);
        out.flush();
        await().until(() -> json(demo.get(path)).get("status").asText().equals("saving"));
        return socket;
    }

    private HttpURLConnection follow(String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) server.uri().resolve(path + "/file").toURL().openConnection();
        connection.setRequestProperty("X-Auth-Token", demo.token());
        connection.setRequestProperty(ImageDataResource.FOLLOW, "true");
        connection.setReadTimeout(20_000);
        return connection;
    }

    private static void chunk(OutputStream out, int from, int to) throws IOException {
        out.write((Integer.toHexString(to - from) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(DATA, from, to - from);
        out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] bytes(int from, int to) {
        return Arrays.copyOfRange(DATA, from, to);
    }

    private List<String> names(String query) {
        return StreamSupport.stream(
                        json(demo.get("/image/v2/images" + query)).get("images").spliterator(), false)
                .map(image -> image.get("name").asText())
                .toList();
    }

    private String created(String name) {
        JsonNode image = json(demo.post("/image/v2/images", "{\"name\": \"" + name + "\", " + RAW + "}"));
        return "/image/v2/images/" + image.get("id").asText();
    }

    private String uploaded() {
        String path = created("data");
        assertThat(demo.put(path + "/file", DATA).statusCode()).isEqualTo(204);
        return path;
    }

    private HttpResponse<String> patch(String path, String type, String body) {
        return demo.send("PATCH", path, BodyPublishers.ofString(body), "Content-Type", type);
    }

    private static byte[] data() {
        byte[] data = new byte[200_000];
        new Random(7).nextBytes(data);
        return data;
    }
}
