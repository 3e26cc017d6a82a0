package org.tresccad.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One GiB goes up and down through a server whose heap is 96 MiB. */
final class LargeImageIT {
    private static final long SIZE = 1L << 30;

    @TempDir
    private Path directory;

    private Process server;
    private URI address;

    @BeforeEach
    void start() throws IOException {
        server = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx96m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TestServer.class.getName(),
                        directory.toString(),
                        "0")
                .inheritIO()
                .start();
        Path file = directory.resolve("address");
        await().atMost(Duration.ofMinutes(3)).until(() -> Files.exists(file) || !server.isAlive());
        address = URI.create(Files.readString(file));
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.destroyForcibly().waitFor();
    }

    @Test
    void aGibibyteGoesUpAndDownThroughASmallHeap() throws Exception {
        HttpURLConnection login = open("/identity/v3/auth/tokens", "POST", "");
        send(login, "application/json", TestClient.login("demo", TestServer.PASSWORD, "demo"));
        assertThat(login.getResponseCode()).isEqualTo(201);
        String token = login.getHeaderField("X-Subject-Token");
        HttpURLConnection create = open("/image/v2/images", "POST", token);
        send(create, "application/json", "{\"disk_format\": \"raw\", \"container_format\": \"bare\"}");
        JsonNode image = Json.mapper().readTree(create.getInputStream());
        String path = "/image/v2/images/" + image.get("id").asText();

        HttpURLConnection upload = open(path + "/file", "PUT", token);
        upload.setRequestProperty("Content-Type", "application/octet-stream");
        upload.setDoOutput(true);
        upload.setChunkedStreamingMode(1 << 20);
        MessageDigest sent = MessageDigest.getInstance("SHA-512");
        byte[] block = new byte[1 << 20];
        new Random(5).nextBytes(block);
        try (OutputStream out = upload.getOutputStream()) {
            for (long done = 0; done < SIZE; done += block.length) {
                block[0] = (byte) (done >> 20);
                sent.update(block);
                out.write(block);
            }
        }
        assertThat(upload.getResponseCode()).isEqualTo(204);

        MessageDigest received = MessageDigest.getInstance("SHA-512");
        HttpURLConnection download = open(path + "/file", "GET", token);
        assertThat(download.getContentLengthLong()).isEqualTo(SIZE);
        try (InputStream in = download.getInputStream()) {
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                received.update(block, 0, count);
            }
        }
        String digest = HexFormat.of().formatHex(sent.digest());
        assertThat(HexFormat.of().formatHex(received.digest())).isEqualTo(digest);
        HttpURLConnection show = open(path, "GET", token);
        assertThat(Json.mapper()
                        .readTree(show.getInputStream())
                        .get("os_hash_value")
                        .asText())
                .isEqualTo(digest);
    }

    private HttpURLConnection open(String path, String method, String token) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) address.resolve(path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setRequestProperty("X-Auth-Token", token);
        return connection;
    }

    private static void send(HttpURLConnection connection, String type, String body) throws IOException {
        connection.setRequestProperty("Content-Type", type);
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body.getBytes(StandardCharsets.UTF_8));
        }
    }
}
