package org.tresccad.rest.nova;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.tresccad.identity.Accounts;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Identity;
import org.tresccad.identity.Login;
import org.tresccad.identity.PasswordHash;
import org.tresccad.identity.Project;
import org.tresccad.identity.Role;
import org.tresccad.identity.Scope;
import org.tresccad.identity.User;
import org.tresccad.identity.UserAccount;
import org.tresccad.image.ContentStore;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageImports;
import org.tresccad.image.ImageLimits;
import org.tresccad.image.ImageMembers;
import org.tresccad.image.NewImage;
import org.tresccad.image.PublicWeb;
import org.tresccad.image.QemuImg;
import org.tresccad.image.StoredImages;
import org.tresccad.image.Visibility;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.process.RealProcesses;
import org.tresccad.rest.ApiApplication;
import org.tresccad.rest.Json;
import org.tresccad.rest.glance.GlanceApi;
import org.tresccad.rest.identity.IdentityApi;
import org.tresccad.rest.nova.json.Site;
import org.tresccad.state.Database;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingHypervisor;

/**
 * A real HTTP server with all three APIs: real identity and images, domains and network that are only remembered. Users,
 * each with the password {@code secret}: {@code demo} and {@code alt} with projects of their own, {@code reader} who may
 * only look at demo's, {@code admin}.
 */
final class TestingNova implements AutoCloseable {
    final TestingMoves moves = new TestingMoves();
    static final String PASSWORD = "secret";
    static final Site SITE = new Site("here", "nova", "private");

    private static final PasswordHash HASH = PasswordHash.of(PASSWORD);
    private static final Project DEMO = Project.named("demo");
    private static final Project ALT = Project.named("alt");
    private static final Project ADMIN = Project.named("admin");

    final TestingHost host;
    final TestingHypervisor hypervisor = new TestingHypervisor();

    private final StoredImages images;
    private final Identity identity;
    private final HttpServer http;
    private final ExecutorService imports = Executors.newSingleThreadExecutor();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<String, String> tokens = new ConcurrentHashMap<>();

    TestingNova(Path directory) {
        Database database = Database.open(directory.resolve("state.db"));
        ImageLimits limits = new ImageLimits(1000, 0, 1L << 40, 1L << 42, 0, 128, 128, 128);
        ContentStore contents = new ContentStore(directory.resolve("images"), database, limits);
        images = new StoredImages(database, contents, new QemuImg(new RealProcesses()), limits, Clock.systemUTC());
        images.reconcile();
        host = new TestingHost(directory, hypervisor, database, contents, images);
        identity = new Identity(accounts(), database, Clock.systemUTC(), Identity.DEFAULT_TOKEN_LIFETIME);
        List<Object> resources = new ArrayList<>(NovaApi.resources(
                new NovaApi.UseCases(host.boot, host.power, host.edit, host.delete, host.snapshot),
                new NovaApi.Records(host.instances, host.annotations, host.log, host.flavors, host.keyPairs),
                new NovaApi.Host(hypervisor, host.network, images, host.files, host.capacity, host.quotas),
                new NovaApi.Extensions(moves, new TestingPackages(host)),
                SITE,
                Clock.systemUTC()));
        resources.addAll(IdentityApi.resources(identity, "RegionOne"));
        resources.addAll(GlanceApi.resources(
                images,
                new ImageMembers(database, limits, Clock.systemUTC()),
                new ImageImports(
                        images,
                        (caller, cloud, image, cancellation) -> {
                            throw new IllegalStateException("there are no other clouds in this test");
                        },
                        new PublicWeb(false),
                        imports)));
        http = GrizzlyHttpServerFactory.createHttpServer(
                URI.create("http://127.0.0.1:0/"), ApiApplication.of(identity, resources), false);
        try {
            http.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a request was answered with. */
    record Answer(int status, JsonNode json, HttpResponse<String> response) {
        /** A header, empty when it is not there. */
        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    /** {@code http://127.0.0.1:port}. */
    String uri() {
        return "http://127.0.0.1:" + http.getListener("grizzly").getPort();
    }

    /** As whom the API knows a user. */
    Caller caller(String user) {
        return identity.token(token(user)).orElseThrow().caller().orElseThrow();
    }

    /** A token of a user; without scope for a user that is not there. */
    String token(String user) {
        return tokens.computeIfAbsent(user, name -> identity.login(
                        new Login.ByPassword(false, name, PASSWORD),
                        new Scope.ByName(name.equals("reader") ? "demo" : name))
                .secret());
    }

    /** A small active raw image of everybody's. */
    ImageId image(String name) {
        Caller admin = caller("admin");
        ImageId id = images.create(
                        admin,
                        new NewImage(
                                Optional.empty(),
                                name,
                                Visibility.PUBLIC,
                                Optional.of(DiskFormat.RAW),
                                Optional.of("bare"),
                                0,
                                0,
                                false,
                                false,
                                Set.of(),
                                Map.of()))
                .id();
        byte[] data = ("disk of " + name).getBytes(StandardCharsets.UTF_8);
        try {
            images.upload(admin, id, new ByteArrayInputStream(data), new Progress(), new Cancellation());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return id;
    }

    /** A request by {@code demo} at the oldest microversion, below {@code /compute/v2.1}. */
    Answer ask(String method, String path) {
        return ask("demo", "2.1", method, path, "");
    }

    /** As above, with a body whose quotes may be single ones. */
    Answer ask(String method, String path, String body) {
        return ask("demo", "2.1", method, path, body);
    }

    /** A request by {@code user} at a microversion; an empty body is none. */
    Answer ask(String user, String microversion, String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri() + "/compute/v2.1" + path))
                .header("X-Auth-Token", token(user))
                .header("OpenStack-API-Version", "compute " + microversion)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        return send(request.build());
    }

    /** Any request. */
    Answer send(HttpRequest request) {
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), json(response.body()), response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A server of demo's that is active. */
    String activeServer(String name) {
        String id = ask(
                        "POST",
                        "/servers",
                        "{'server': {'name': '" + name + "', 'imageRef': '" + image("image-" + name)
                                + "', 'flavorRef': '1'}}")
                .json()
                .at("/server/id")
                .asText();
        awaitStatus(id, "ACTIVE");
        return id;
    }

    /** Returns once the server has that status. */
    void awaitStatus(String id, String status) {
        await("status " + status + " of " + id).until(() -> ask("GET", "/servers/" + id)
                .json()
                .at("/server/status")
                .asText()
                .equals(status));
    }

    /** Returns once nothing is being done to the server. */
    void awaitIdle(String id) {
        await("end of the task of " + id).until(() -> ask("GET", "/servers/" + id)
                .json()
                .at("/server/OS-EXT-STS:task_state")
                .isNull());
    }

    /** Returns once the server is gone. */
    void awaitGone(String id) {
        await("end of " + id).until(() -> ask("GET", "/servers/" + id).status() == 404);
    }

    @Override
    public void close() {
        http.shutdownNow();
        imports.shutdownNow();
        host.close();
    }

    private static JsonNode json(String text) {
        try {
            return text.isEmpty() ? Json.mapper().nullNode() : Json.mapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("not JSON: " + text, e);
        }
    }

    private static Accounts accounts() {
        return new Accounts(
                List.of(DEMO, ALT, ADMIN),
                List.of(
                        account("demo", DEMO, Role.MEMBER),
                        account("alt", ALT, Role.MEMBER),
                        account("reader", DEMO, Role.READER),
                        account("admin", ADMIN, Role.ADMIN)));
    }

    private static UserAccount account(String name, Project project, Role role) {
        return new UserAccount(User.named(name), HASH, Map.of(project.id(), Set.of(role)));
    }
}
