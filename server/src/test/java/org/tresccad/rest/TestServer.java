package org.tresccad.rest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.tresccad.identity.Accounts;
import org.tresccad.identity.Identity;
import org.tresccad.identity.PasswordHash;
import org.tresccad.identity.Project;
import org.tresccad.identity.Role;
import org.tresccad.identity.User;
import org.tresccad.identity.UserAccount;
import org.tresccad.image.ContentStore;
import org.tresccad.image.ImageImports;
import org.tresccad.image.ImageLimits;
import org.tresccad.image.ImageMembers;
import org.tresccad.image.PublicWeb;
import org.tresccad.image.QemuImg;
import org.tresccad.image.StoredImages;
import org.tresccad.image.TestingRemoteImages;
import org.tresccad.process.TestingProcesses;
import org.tresccad.rest.glance.GlanceApi;
import org.tresccad.rest.identity.IdentityApi;
import org.tresccad.state.Database;

/**
 * A real HTTP server with identity and image service on a directory. Users, each with the password {@code secret}:
 * {@code demo} and {@code alt}, {@code p3} to {@code p7} members of the projects of their names; {@code admin},
 * administrator of the project admin.
 */
public final class TestServer implements AutoCloseable {
    public static final String PASSWORD = "secret";

    private static final PasswordHash HASH = PasswordHash.of(PASSWORD);

    private final Database database;
    private final HttpServer http;
    private final ExecutorService imports;
    private final StoredImages images;
    private final TestingRemoteImages remote = new TestingRemoteImages();

    private TestServer(Path directory, int port, List<Object> more) {
        this.database = Database.open(directory.resolve("state.db"));
        this.imports = Executors.newFixedThreadPool(2);
        Identity identity = new Identity(accounts(), database, Clock.systemUTC(), Identity.DEFAULT_TOKEN_LIFETIME);
        ImageLimits limits = ImageLimits.DEFAULT;
        ContentStore contents = new ContentStore(directory.resolve("images"), database, limits);
        this.images =
                new StoredImages(database, contents, new QemuImg(new TestingProcesses()), limits, Clock.systemUTC());
        images.reconcile();
        List<Object> resources = new ArrayList<>(more);
        resources.add(new RootResource());
        resources.addAll(IdentityApi.resources(identity, "RegionOne"));
        resources.addAll(GlanceApi.resources(
                images,
                new ImageMembers(database, limits, Clock.systemUTC()),
                new ImageImports(images, remote, new PublicWeb(false), imports)));
        this.http = GrizzlyHttpServerFactory.createHttpServer(
                URI.create("http://127.0.0.1:" + port + "/"), ApiApplication.of(identity, resources), false);
        try {
            http.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server on a free port. */
    public static TestServer start(Path directory) {
        return new TestServer(directory, 0, List.of());
    }

    /** As {@link #start}, with more resources. */
    public static TestServer start(Path directory, Object... more) {
        return new TestServer(directory, 0, List.of(more));
    }

    /** Runs until killed: directory and port are the arguments. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        TestServer server = new TestServer(directory, Integer.parseInt(arguments[1]), List.of());
        Path address = directory.resolve("address");
        Files.writeString(directory.resolve("address.part"), server.uri().toString());
        Files.move(directory.resolve("address.part"), address);
    }

    /** {@code http://127.0.0.1:port}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + http.getListener("grizzly").getPort());
    }

    public int port() {
        return uri().getPort();
    }

    public StoredImages images() {
        return images;
    }

    /** The images of a cloud named {@code edge}. */
    public TestingRemoteImages remote() {
        return remote;
    }

    @Override
    public void close() {
        http.shutdownNow();
        imports.shutdownNow();
        database.close();
    }

    private static Accounts accounts() {
        List<Project> projects = new ArrayList<>();
        List<UserAccount> users = new ArrayList<>();
        for (String name : List.of("demo", "alt", "p3", "p4", "p5", "p6", "p7", "admin")) {
            Project project = Project.named(name);
            projects.add(project);
            users.add(new UserAccount(
                    User.named(name),
                    HASH,
                    Map.of(project.id(), Set.of(name.equals("admin") ? Role.ADMIN : Role.MEMBER))));
        }
        return new Accounts(projects, users);
    }
}
