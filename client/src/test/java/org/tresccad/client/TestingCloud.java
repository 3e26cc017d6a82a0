package org.tresccad.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import javax.net.ssl.SSLContext;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.Credentials;
import org.tresccad.client.config.Principal;
import org.tresccad.client.config.Secret;
import org.tresccad.client.config.Trust;
import org.tresccad.client.http.Json;
import org.tresccad.client.http.Timeouts;

/**
 * A cloud in this process, over real HTTP, in the shapes of Keystone, Glance and Nova: enough for the client, and
 * with switches for what goes wrong.
 */
public final class TestingCloud implements AutoCloseable {
    /** Short enough for a test, long enough for a busy machine. */
    public static final Timeouts SHORT =
            new Timeouts(Duration.ofSeconds(20), Duration.ofSeconds(3), Duration.ofSeconds(20), Duration.ofSeconds(20));

    public static final String PASSWORD = "s3cret-passw0rd";

    static {
        // Otherwise each answer's body waits 40 ms for the acknowledgement of its head.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private static final Answer UNAVAILABLE = Answer.fault(503, "computeFault", "Come back later.");

    /** What was asked: method, path with query, headers by lower-case name, body unless it was image data. */
    public record Asked(String method, String path, Map<String, String> headers, String body) {
        public JsonNode json() {
            try {
                return Json.MAPPER.readTree(body);
            } catch (IOException notJson) {
                throw new AssertionError(body, notJson);
            }
        }
    }

    /** One answer. */
    public record Answer(int status, String contentType, String body, Map<String, String> headers) {
        public static Answer json(int status, Object value) {
            try {
                return new Answer(status, "application/json", Json.MAPPER.writeValueAsString(value), Map.of());
            } catch (IOException bad) {
                throw new AssertionError(bad);
            }
        }

        public static Answer text(int status, String contentType, String body) {
            return new Answer(status, contentType, body, Map.of());
        }

        public static Answer empty(int status) {
            return new Answer(status, "", "", Map.of());
        }

        /** Nova's shape of an error. */
        public static Answer fault(int status, String key, String message) {
            return json(status, Map.of(key, Map.of("code", status, "message", message)));
        }

        public Answer with(String header, String value) {
            Map<String, String> more = new HashMap<>(headers);
            more.put(header, value);
            return new Answer(status, contentType, body, more);
        }
    }

    /** Answers some requests; empty for those of others. */
    public interface Part {
        Optional<Answer> answer(HttpExchange exchange, String method, String path) throws IOException;
    }

    public final TestingImages images;
    public final TestingCompute compute;

    /** The project that logs in here. */
    public final String project;

    /** Its network service; none at first, as on a tresccad host. */
    public volatile Optional<TestingNetwork> network = Optional.empty();

    /** What goes wrong with a request. */
    public enum Fault {
        NONE,
        /** The connection breaks, and nothing is done. */
        LOST,
        /** It is done, and the connection breaks. */
        ANSWER_LOST,
        /** 503, and nothing is done. */
        FAILED,
        /** 503, and it is done. */
        FAILED_LATE
    }

    /** Asked with method and path of each request. */
    public volatile BiFunction<String, String, Fault> faults = (method, path) -> Fault.NONE;

    public final List<Asked> asked = new CopyOnWriteArrayList<>();
    public final AtomicInteger logins = new AtomicInteger();
    public volatile Duration tokenLife = Duration.ofHours(1);
    public volatile String region = "RegionOne";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    /** Of all clouds that share an image service; with the project that each is for. */
    private final Map<String, String> tokens;

    private final Optional<TestingCloud> imageHost;
    private final Map<String, Answer> scripted = new ConcurrentHashMap<>();
    private final Set<String> stalled = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closing = new CountDownLatch(1);

    public TestingCloud() throws IOException {
        this(Optional.empty());
    }

    public TestingCloud(Optional<SSLContext> tls) throws IOException {
        this(tls, Optional.empty(), "p1");
    }

    /** Another project of an OpenStack: with the image service of {@code other}, which must be closed later. */
    public static TestingCloud sharingImages(TestingCloud other, String project) throws IOException {
        return new TestingCloud(Optional.empty(), Optional.of(other), project);
    }

    private TestingCloud(Optional<SSLContext> tls, Optional<TestingCloud> other, String project) throws IOException {
        this.project = project;
        imageHost = other;
        images = other.map(cloud -> cloud.images).orElseGet(TestingImages::new);
        compute = new TestingCompute(images);
        tokens = other.map(cloud -> cloud.tokens).orElseGet(ConcurrentHashMap::new);
        images.projectOf = token -> tokens.getOrDefault(token, "");
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls.isPresent()) {
            HttpsServer secure = HttpsServer.create(any, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
            server = secure;
        } else {
            server = HttpServer.create(any, 0);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public String url() {
        return (server instanceof HttpsServer ? "https" : "http") + "://127.0.0.1:" + port();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public CloudConfig config(String name) {
        return config(name, Trust.SYSTEM);
    }

    public CloudConfig config(String name, Trust trust) {
        return new CloudConfig(
                name,
                new Credentials(
                        URI.create(url() + "/identity"),
                        Principal.named("demo", Principal.domain("Default")),
                        new Secret(PASSWORD),
                        Principal.named("home", Principal.domain("Default"))),
                CloudConfig.Endpoints.PUBLIC,
                trust,
                Optional.empty(),
                List.of());
    }

    public Cloud connect() {
        return Cloud.of(config("here"), SHORT, Clock.systemUTC());
    }

    /** From now on {@code METHOD /path} (no query) is answered so. */
    public void script(String methodAndPath, Answer answer) {
        scripted.put(methodAndPath, answer);
    }

    /** From now on {@code METHOD /path} is not answered, nor its body read, until this cloud closes. */
    public void stall(String methodAndPath) {
        stalled.add(methodAndPath);
    }

    /** Makes every token invalid that was given so far. */
    public void revokeTokens() {
        tokens.clear();
    }

    public List<Asked> asked(String method, String pathPrefix) {
        return asked.stream()
                .filter(each -> each.method().equals(method) && each.path().startsWith(pathPrefix))
                .toList();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getPath();
        try (exchange) {
            if (stalled.contains(method + " " + path)) {
                record(exchange, "");
                closing.await();
                return;
            }
            boolean data = path.endsWith("/file");
            if (!data) {
                exchange.setStreams(
                        new ByteArrayInputStream(exchange.getRequestBody().readAllBytes()), null);
                exchange.getRequestBody().mark(Integer.MAX_VALUE);
                record(exchange, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                exchange.getRequestBody().reset();
            } else {
                record(exchange, "");
            }
            Fault fault = faults.apply(method, path);
            if (fault == Fault.LOST) {
                throw new IOException("this ends the connection");
            }
            if (fault == Fault.FAILED) {
                send(exchange, UNAVAILABLE);
                return;
            }
            Optional<Answer> given = answer(exchange, method, path);
            if (fault == Fault.ANSWER_LOST) {
                throw new IOException("this ends the connection");
            }
            given.map(answer -> fault == Fault.NONE ? answer : UNAVAILABLE).ifPresent(answer -> send(exchange, answer));
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Empty when the part has answered by itself. */
    private Optional<Answer> answer(HttpExchange exchange, String method, String path) throws IOException {
        Answer fixed = scripted.get(method + " " + path);
        if (fixed != null) {
            return Optional.of(fixed);
        }
        if (path.equals("/identity/v3/auth/tokens")) {
            return Optional.of(logIn(exchange));
        }
        String token = exchange.getRequestHeaders().getFirst("X-Auth-Token");
        if (token == null || !tokens.containsKey(token)) {
            return Optional.of(Answer.json(
                    401,
                    Map.of(
                            "error",
                            Map.of(
                                    "code",
                                    401,
                                    "title",
                                    "Unauthorized",
                                    "message",
                                    "The request you have made requires" + " authentication."))));
        }
        if (path.startsWith("/image/v2/")) {
            return images.answer(exchange, method, path.substring("/image/v2/".length()));
        }
        if (path.startsWith("/compute/v2.1/")) {
            return compute.answer(exchange, method, path.substring("/compute/v2.1/".length()));
        }
        if (path.startsWith("/network/v2.0/") && network.isPresent()) {
            return network.get().answer(exchange, method, path.substring("/network/v2.0/".length()));
        }
        if (path.startsWith("/tresccad/v1/") && compute.plugin.isEmpty()) {
            return compute.answer(exchange, method, path.substring(1));
        }
        return Optional.of(Answer.fault(404, "itemNotFound", "The resource could not be found."));
    }

    private Answer logIn(HttpExchange exchange) throws IOException {
        JsonNode body = Json.MAPPER.readTree(exchange.getRequestBody());
        JsonNode user = body.path("auth").path("identity").path("password").path("user");
        if (!user.path("password").asText().equals(PASSWORD)) {
            return Answer.json(
                    401, Map.of("error", Map.of("code", 401, "title", "Unauthorized", "message", "Wrong password.")));
        }
        String token = (imageHost.isPresent() ? project + "-" : "") + "token-" + logins.incrementAndGet();
        tokens.put(token, project);
        Instant now = Instant.now();
        return Answer.json(
                        201,
                        Map.of(
                                "token",
                                Map.of(
                                        "issued_at", now.toString(),
                                        "expires_at", now.plus(tokenLife).toString(),
                                        "project", Map.of("id", project, "name", "home"),
                                        "user", Map.of("id", "u1", "name", "demo"),
                                        "catalog", catalog())))
                .with("X-Subject-Token", token);
    }

    private List<Map<String, Object>> catalog() {
        List<Map<String, Object>> services = new ArrayList<>(List.of(
                service("compute", "/compute/v2.1"),
                imageHost.orElse(this).service("image", "/image"),
                service("identity", "/identity")));
        if (network.isPresent()) {
            services.add(service("network", "/network"));
        }
        return services;
    }

    private Map<String, Object> service(String type, String path) {
        return Map.of(
                "type",
                type,
                "endpoints",
                List.of(
                        Map.of("interface", "admin", "region_id", region, "url", "http://127.0.0.1:1" + path),
                        Map.of("interface", "public", "region_id", region, "url", url() + path)));
    }

    private void record(HttpExchange exchange, String body) {
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        asked.add(
                new Asked(exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers, body));
    }

    static void send(HttpExchange exchange, Answer answer) {
        try {
            answer.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            if (!answer.contentType().isEmpty()) {
                exchange.getResponseHeaders().set("Content-Type", answer.contentType());
            }
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
            if (bytes.length > 0) {
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(bytes);
                }
            }
        } catch (IOException gone) {
            // The client hung up; what it makes of that is what the test looks at.
        }
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
