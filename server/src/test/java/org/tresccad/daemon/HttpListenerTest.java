package org.tresccad.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.daemon.config.HostPort;
import org.tresccad.daemon.config.HttpLimits;

class HttpListenerTest {
    private TestingListener server = new TestingListener(TestingListener.LIMITS, Optional.empty());
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeEach
    void warm() throws Exception {
        assertThat(get("/no").statusCode()).isEqualTo(404);
    }

    @AfterEach
    void close() {
        server.resource.release.countDown();
        server.close();
    }

    @Test
    void anErrorWithoutABodyHasNone() throws Exception {
        HttpResponse<String> response = get("/no");
        assertThat(response.body()).isEmpty();
        assertThat(response.headers().firstValue("Content-Type")).isEmpty();
        assertThat(response.headers().firstValue("Server")).isEmpty();
    }

    @Test
    void anUnexpectedFailureTellsNothing() throws Exception {
        HttpResponse<String> response = get("/fail");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).doesNotContain("/var/lib", "Exception", "html");
    }

    @Test
    void thereIsNoDescriptionOfTheApplication() throws Exception {
        assertThat(get("/application.wadl").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /x HTTP/9.9\r\nHost: a\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                "nonsense\r\nConnection: close\r\n\r\n"
            })
    void malformedRequestsAreRefusedWithoutHtml(String request) throws Exception {
        assertThat(raw(request))
                .matches("(?s)HTTP/1.1 [45].*")
                .doesNotContainIgnoringCase("html", "grizzly", "exception");
    }

    @Test
    void aHeaderOfAnySizeIsRefused() throws Exception {
        assertThat(raw("GET /no HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(64 << 10) + "\r\n\r\n"))
                .matches("(?s)(HTTP/1.1 4.*)?");
    }

    @Test
    void traceIsRefused() throws Exception {
        assertThat(raw("TRACE /no HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Secret: s\r\n\r\n"))
                .startsWith("HTTP/1.1 405")
                .doesNotContain("X-Secret");
    }

    @Test
    void aClientThatClosesIsToldThatItIsClosed() throws Exception {
        assertThat(raw("GET /down?bytes=3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .containsIgnoringCase("connection: close");
    }

    @Test
    void aConnectionServesManyRequests() throws Exception {
        try (Socket socket = connect()) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            for (int i = 0; i < 300; i++) {
                send(socket, "GET /no HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(in.readLine()).isEqualTo("HTTP/1.1 404 Not Found");
                String line = in.readLine();
                while (!line.isEmpty()) {
                    line = in.readLine();
                }
            }
        }
    }

    @Test
    void anUploadThatAsksFirstIsToldToGoOn() throws Exception {
        String header = String.join(
                "\r\n",
                "PUT /up HTTP/1.1",
                "Host: a",
                "Content-Length: 5",
                "Expect: 100-continue",
                "Connection: close",
                "\r\n");
        try (Socket socket = connect()) {
            InputStream in = socket.getInputStream();
            send(socket, header);
            assertThat(new String(in.readNBytes("HTTP/1.1 100 Continue\r\n".length()), US_ASCII))
                    .isEqualTo("HTTP/1.1 100 Continue\r\n");
            send(socket, "12345");
            assertThat(new String(in.readAllBytes(), US_ASCII))
                    .contains("HTTP/1.1 200")
                    .endsWith("\r\n\r\n5");
        }
    }

    @Test
    void aChunkedUploadIsReadWhileItComes() throws Exception {
        long bytes = 64L << 20;
        HttpResponse<String> response = client.send(
                request("/up")
                        .header("Content-Type", "application/octet-stream")
                        .PUT(HttpRequest.BodyPublishers.ofInputStream(() -> new Zeros(bytes)))
                        .build(),
                BodyHandlers.ofString());
        assertThat(response.body()).isEqualTo(Long.toString(bytes));
    }

    @Test
    void aResponseIsSentWhileItIsWritten() throws Exception {
        CompletableFuture<HttpResponse<InputStream>> answer =
                client.sendAsync(request("/follow").build(), BodyHandlers.ofInputStream());
        InputStream body = answer.get(60, TimeUnit.SECONDS).body();
        assertThat(body.readNBytes(6)).isEqualTo("first\n".getBytes(US_ASCII));
        server.resource.release.countDown();
        assertThat(new String(body.readAllBytes(), US_ASCII)).endsWith("first\nlast");
    }

    @Test
    void aResponseThatBreaksDoesNotEndAsIfItWereWhole() {
        assertThatThrownBy(() -> client.send(request("/break").build(), BodyHandlers.ofByteArray()))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked", "whole"})
    void aBodyOfAnySizeIsRefusedUnlessItStreams(String how) throws Exception {
        HttpRequest.BodyPublisher body = how.equals("chunked")
                ? HttpRequest.BodyPublishers.ofInputStream(() -> new Zeros(200_000))
                : HttpRequest.BodyPublishers.ofByteArray(new byte[200_000]);
        assertThat(client.send(
                                request("/up")
                                        .header("Content-Type", "text/plain")
                                        .PUT(body)
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void metricsAreForThisMachineAndAdministrators() throws Exception {
        HttpResponse<String> response = get("/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        assertThat(response.body()).contains("jvm_memory_used_bytes");
        assertThat(client.send(request("/metrics").DELETE().build(), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void aRequestHeaderThatNeverEndsIsCut() throws Exception {
        restart(new HttpLimits(8, 64, 16, Duration.ofMillis(600), Duration.ofMinutes(1), Duration.ofMinutes(1)));
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            await("the listener cuts a client that sends a byte now and then")
                    .atMost(Duration.ofMinutes(1))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        try {
                            out.write('G');
                            return false;
                        } catch (IOException e) {
                            return true;
                        }
                    });
        }
        await().until(() -> server.listener.connections() == 0);
    }

    @Test
    void aLongPollOutlivesEveryTimeout() throws Exception {
        restart(new HttpLimits(8, 64, 16, Duration.ofMillis(300), Duration.ofSeconds(1), Duration.ofSeconds(1)));
        long begin = System.nanoTime();
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request("/wait").build(), BodyHandlers.ofString());
        assertThat(server.resource.entered.await(60, TimeUnit.SECONDS)).isTrue();
        await("longer than each timeout")
                .until(() -> System.nanoTime() - begin > Duration.ofMillis(2500).toNanos());
        server.resource.release.countDown();
        assertThat(answer.get(60, TimeUnit.SECONDS).body()).isEqualTo("released");
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        restart(new HttpLimits(8, 64, 16, Duration.ofMinutes(1), Duration.ofSeconds(3), Duration.ofMinutes(1)));
        try (Socket socket = connect()) {
            send(socket, "GET /no HTTP/1.1\r\nHost: a\r\n\r\n");
            // Ends only when the server closes; the socket's own timeout fails the test otherwise.
            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.1 404");
        }
    }

    @Test
    void anUploadThatStallsFreesItsThread() throws Exception {
        restart(new HttpLimits(8, 64, 16, Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofSeconds(1)));
        try (Socket socket = connect()) {
            send(socket, "PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12");
            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .doesNotContain("200 OK");
        }
    }

    @Test
    void oneAddressGetsOnlySoManyConnections() throws Exception {
        restart(new HttpLimits(8, 64, 3, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1)));
        try (Socket one = connect();
                Socket two = connect();
                Socket three = connect()) {
            await().until(() -> server.listener.connections() == 3);
            try (Socket four = connect()) {
                assertThat(readToEnd(four)).isEmpty();
            }
            three.shutdownOutput();
            await("the place is free again").until(() -> server.listener.connections() == 2);
            send(one, "GET /no HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            assertThat(readToEnd(one)).startsWith("HTTP/1.1 404");
            assertThat(two.isConnected()).isTrue();
        }
        await("nobody is counted any more").until(() -> server.listener.connections() == 0);
        assertThat(get("/no").statusCode()).isEqualTo(404);
    }

    @Test
    void stoppingLetsARunningRequestEnd() throws Exception {
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request("/wait").build(), BodyHandlers.ofString());
        assertThat(server.resource.entered.await(60, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Void> stopping = CompletableFuture.runAsync(server.listener::close);
        await("no new connection is served").until(() -> {
            try {
                return raw("GET /no HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                        .contains(" 503 ");
            } catch (IOException e) {
                return true;
            }
        });
        server.resource.release.countDown();
        assertThat(answer.get(60, TimeUnit.SECONDS).body()).isEqualTo("released");
        stopping.get(60, TimeUnit.SECONDS);
    }

    @Test
    void anAddressThatIsTakenIsSaid() {
        HttpListener second = new HttpListener(
                "second",
                new HostPort("127.0.0.1", server.port()),
                TestingListener.LIMITS,
                Optional.empty(),
                new ResourceConfig(),
                Map.of());
        assertThatExceptionOfType(ListenerUnavailable.class)
                .isThrownBy(second::start)
                .withMessageContaining("second cannot listen on 127.0.0.1:" + server.port());
    }

    @Test
    void anAddressThatIsNotThereYetIsSaid() {
        HttpListener early = new HttpListener(
                "guest-api",
                new HostPort("192.0.2.77", 0),
                TestingListener.LIMITS,
                Optional.empty(),
                new ResourceConfig(),
                Map.of());
        assertThatExceptionOfType(ListenerUnavailable.class)
                .isThrownBy(early::start)
                .withMessageContaining("192.0.2.77");
    }

    private void restart(HttpLimits limits) {
        server.close();
        server = new TestingListener(limits, Optional.empty());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofMinutes(1));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(US_ASCII));
    }

    private String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            send(socket, request);
            return readToEnd(socket);
        }
    }

    private static String readToEnd(Socket socket) throws IOException {
        try {
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        } catch (java.net.SocketException e) {
            // Reset: closed with our bytes unread.
            return "";
        }
    }
}
