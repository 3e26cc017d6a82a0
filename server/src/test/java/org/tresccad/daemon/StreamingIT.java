package org.tresccad.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Bodies larger than the heap, through a process of its own. */
class StreamingIT {
    private static final long BYTES = 1L << 30;

    @Test
    void aGibibyteGoesUpAndDownThroughASmallHeap() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:MaxDirectMemorySize=64m",
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TestingListener.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader()) {
            URI server = URI.create("http://127.0.0.1:" + out.readLine());
            HttpClient client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            HttpRequest up = HttpRequest.newBuilder(server.resolve("/up"))
                    .header("Content-Type", "application/octet-stream")
                    .PUT(HttpRequest.BodyPublishers.ofInputStream(() -> new Zeros(BYTES)))
                    .build();
            assertThat(client.send(up, BodyHandlers.ofString()).body()).isEqualTo(Long.toString(BYTES));
            HttpRequest down = HttpRequest.newBuilder(server.resolve("/down?bytes=" + BYTES))
                    .build();
            try (InputStream body =
                    client.send(down, BodyHandlers.ofInputStream()).body()) {
                assertThat(body.transferTo(java.io.OutputStream.nullOutputStream()))
                        .isEqualTo(BYTES);
            }
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
