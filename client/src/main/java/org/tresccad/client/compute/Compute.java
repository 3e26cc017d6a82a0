package org.tresccad.client.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.http.Ask;
import org.tresccad.client.http.CloudHttp;
import org.tresccad.client.http.Pages;
import org.tresccad.client.http.Service;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Poll;

/** The servers of one cloud (https://docs.openstack.org/api-ref/compute/), with tresccad's three additions. */
public final class Compute {
    private static final int HTTP_BAD_REQUEST = 400;
    private static final int HTTP_NOT_FOUND = 404;
    private static final int HTTP_METHOD_NOT_ALLOWED = 405;
    private static final Duration PACE = Duration.ofSeconds(1);

    private final CloudHttp http;

    /** The servers that {@code http} reaches. */
    public Compute(CloudHttp http) {
        this.http = http;
    }

    /** All servers of the project. */
    public List<Server> servers() {
        return servers(Map.of());
    }

    /** Those that fit {@code filter} (Nova's query parameters: name, status, ...), page by page. */
    public List<Server> servers(Map<String, String> filter) {
        Ask list = Ask.get(Service.COMPUTE, "list servers", "servers", "detail");
        List<Server> found = new ArrayList<>();
        for (JsonNode page : Pages.of(http, list, filter, page -> nextLink(page.path("servers_links")))) {
            page.path("servers").forEach(node -> found.add(http.convert(node, list.what(), Server.class)));
        }
        return List.copyOf(found);
    }

    /** The server with this id. */
    public Server server(String id) {
        return http.json(Ask.get(Service.COMPUTE, "show server " + id, "servers", id), "server", Server.class);
    }

    /**
     * The server with this id, or else with exactly this name.
     *
     * @throws CloudConflict when several have the name
     */
    public Server find(String idOrName) {
        if (!idOrName.isBlank() && !idOrName.equals(".") && !idOrName.equals("..")) {
            try {
                return server(idOrName);
            } catch (CloudNotFound noSuchId) {
                // Then it is a name.
            }
        }
        String what = "find instance " + idOrName;
        List<Server> named = servers().stream()
                .filter(server -> server.name().equals(idOrName))
                .toList();
        if (named.isEmpty()) {
            throw new CloudNotFound(http.cloud(), what, 404, "no instance has this id or name.");
        }
        if (named.size() > 1) {
            throw new CloudConflict(
                    http.cloud(),
                    what,
                    named.size() + " instances have this name; use an id: "
                            + String.join(", ", named.stream().map(Server::id).toList()));
        }
        return named.get(0);
    }

    /** Boots; the first server's id comes back at once, its state is BUILD. */
    public String create(NewServer wanted) {
        String what = "create instance " + wanted.name();
        return id(http.json(Ask.post(Service.COMPUTE, what, wanted.toJson(), "servers"), JsonNode.class), what);
    }

    /** Deletes; the server is gone some time later. */
    public void delete(String id) {
        http.done(Ask.delete(Service.COMPUTE, "delete instance " + id, "servers", id));
    }

    /** Runs an action: {@code name} is Nova's ({@code os-stop}), {@code argument} its value, {} for none. */
    public Optional<JsonNode> action(String id, String name, Map<String, ?> argument) {
        return http.maybeJson(
                Ask.post(Service.COMPUTE, name + " instance " + id, Map.of(name, argument), "servers", id, "action"));
    }

    /** The end of the console's log: {@code lines} of it, or all there is. */
    public String console(String id, OptionalInt lines) {
        String what = "read the console of instance " + id;
        Map<String, Object> argument = new HashMap<>();
        lines.ifPresent(count -> argument.put("length", count));
        JsonNode answer = http.json(
                Ask.post(Service.COMPUTE, what, Map.of("os-getConsoleOutput", argument), "servers", id, "action"),
                JsonNode.class);
        return answer.path("output").asText("");
    }

    /**
     * Waits for {@code status} with no task under way.
     *
     * @throws ResourceFailed when it goes to ERROR, with Nova's reason
     * @throws CloudNotFound when it vanishes
     */
    public Server await(String id, String status, Duration limit, Cancellation cancellation) {
        String what = "bring instance " + id + " to " + status;
        return new Poll(http.cloud(), what, limit, PACE, cancellation)
                .until(
                        () -> {
                            Server seen = server(id);
                            if (seen.status().equals("ERROR") && !status.equals("ERROR")) {
                                throw new ResourceFailed(http.cloud(), what, seen.status(), seen.faultText());
                            }
                            return seen;
                        },
                        seen -> seen.status().equals(status) && seen.taskState().isEmpty(),
                        seen -> seen.status()
                                + seen.taskState()
                                        .map(task -> " (" + task + ")")
                                        .orElse(""));
    }

    /** Waits until the server is gone. */
    public void awaitGone(String id, Duration limit, Cancellation cancellation) {
        String what = "delete instance " + id;
        new Poll(http.cloud(), what, limit, PACE, cancellation)
                .until(
                        () -> {
                            try {
                                Server seen = server(id);
                                if (seen.status().equals("ERROR")) {
                                    throw new ResourceFailed(http.cloud(), what, seen.status(), seen.faultText());
                                }
                                return seen.status();
                            } catch (CloudNotFound gone) {
                                return "DELETED";
                            }
                        },
                        "DELETED"::equals,
                        status -> status);
    }

    /** All flavors. */
    public List<Flavor> flavors() {
        String what = "list flavors";
        List<Flavor> found = new ArrayList<>();
        http.json(Ask.get(Service.COMPUTE, what, "flavors", "detail"), JsonNode.class)
                .path("flavors")
                .forEach(node -> found.add(http.convert(node, what, Flavor.class)));
        return List.copyOf(found);
    }

    /** Makes a flavor; on most OpenStacks only administrators may. */
    public Flavor createFlavor(String name, int vcpus, long ramMib, long diskGib) {
        Map<String, Object> flavor = Map.of("name", name, "vcpus", vcpus, "ram", ramMib, "disk", diskGib);
        return http.json(
                Ask.post(Service.COMPUTE, "create flavor " + name, Map.of("flavor", flavor), "flavors"),
                "flavor",
                Flavor.class);
    }

    /** The user's keys. */
    public List<Keypair> keypairs() {
        String what = "list keypairs";
        List<Keypair> found = new ArrayList<>();
        http.json(Ask.get(Service.COMPUTE, what, "os-keypairs"), JsonNode.class)
                .path("keypairs")
                .forEach(node -> found.add(http.convert(node.path("keypair"), what, Keypair.class)));
        return List.copyOf(found);
    }

    /** Stores a public key in OpenSSH's one-line form. */
    public Keypair createKeypair(String name, String publicKey) {
        Map<String, Object> keypair = Map.of("name", name, "public_key", publicKey);
        return http.json(
                Ask.post(Service.COMPUTE, "create keypair " + name, Map.of("keypair", keypair), "os-keypairs"),
                "keypair",
                Keypair.class);
    }

    /** What the project's quota leaves. */
    public Limits limits() {
        JsonNode answer = http.json(Ask.get(Service.COMPUTE, "show limits", "limits"), JsonNode.class);
        return new Limits(answer.path("limits").path("absolute"));
    }

    /** Whether packages can be restored there: an OpenStack needs tresccad's plugin for that. */
    public boolean restores() {
        try {
            http.done(Ask.post(Service.COMPUTE, "ask whether it restores packages", Map.of(), "servers", "restore"));
            return true;
        } catch (CloudRefused refused) {
            // The route is there and misses the image, or Nova has no such route.
            return switch (refused.status()) {
                case HTTP_BAD_REQUEST -> true;
                case HTTP_NOT_FOUND, HTTP_METHOD_NOT_ALLOWED -> false;
                default -> throw refused;
            };
        }
    }

    /**
     * As {@link #save(String)}, into a package that is addressed to the tresccad host of the name {@code destination}: one
     * whose inbox this cloud is fetches and runs it. Only an OpenStack with tresccad's plugin does this.
     */
    public String saveFor(String id, String destination) {
        String what = "save instance " + id + " for host " + destination;
        return http.json(
                Ask.post(Service.COMPUTE, what, Map.of("destination", destination), "servers", id, "save"),
                "image_id",
                String.class);
    }

    /** Freezes the instance into a package; it leaves the compute service when the image is active. */
    public String save(String id) {
        String what = "save instance " + id;
        return http.json(Ask.post(Service.COMPUTE, what, Map.of(), "servers", id, "save"), "image_id", String.class);
    }

    /**
     * Lets a package run again.
     *
     * @param options beside the image's id: {@code name}, ...
     * @return id of the new server
     */
    public String restore(String imageId, Map<String, ?> options) {
        String what = "restore image " + imageId;
        Map<String, Object> body = new LinkedHashMap<>(options);
        body.put("image_id", imageId);
        return id(http.json(Ask.post(Service.COMPUTE, what, body, "servers", "restore"), JsonNode.class), what);
    }

    /**
     * As {@link #restore(String, Map)}, again and again while the cloud says that this helps: an OpenStack may have to
     * fetch the base image from another of its regions first.
     *
     * @param reasons gets the cloud's reason whenever it is another
     */
    public String restore(
            String imageId,
            Map<String, ?> options,
            Duration limit,
            Consumer<String> reasons,
            Cancellation cancellation) {
        String what = "restore image " + imageId;
        long end = System.nanoTime() + limit.toNanos();
        String last = "";
        while (true) {
            try {
                return restore(imageId, options);
            } catch (CloudConflict refused) {
                Duration pause = refused.retryAfter().orElseThrow(() -> refused);
                if (System.nanoTime() + pause.toNanos() - end > 0) {
                    throw new CloudTimeout(http.cloud(), what, limit, refused.reason());
                }
                if (!refused.reason().equals(last)) {
                    last = refused.reason();
                    reasons.accept(last);
                }
                if (cancellation.sleep(pause)) {
                    throw new TransferCancelled(http.cloud(), what);
                }
            }
        }
    }

    /**
     * Asks the source to move the instance; returns at once.
     *
     * @param destination a cloud's name as the source's daemon knows it
     * @param mode auto, package, warm or cold
     * @param bandwidth bytes per second for what is sent before the freeze; 0 for no limit, empty for the source's own
     * @param interruption long enough: mode warm sends ahead until this is predicted; empty for as short as can be
     * @return id of the move when the cloud tells it
     */
    public Optional<String> migrate(
            String id, String destination, String mode, OptionalInt bandwidth, Optional<Duration> interruption) {
        Map<String, Object> argument = new LinkedHashMap<>(Map.of("destination", destination, "mode", mode));
        bandwidth.ifPresent(bytes -> argument.put("bandwidth", bytes));
        interruption.ifPresent(longest -> argument.put("interruption_seconds", longest.toMillis() / 1e3));
        return http.maybeJson(Ask.post(
                        Service.COMPUTE,
                        "migrate instance " + id + " to " + destination,
                        Map.of("tresccad:migrate", argument),
                        "servers",
                        id,
                        "action"))
                .map(answer -> answer.path("move").path("id").asText(""))
                .filter(move -> !move.isEmpty());
    }

    /** Migrations of the server that are under way. */
    public List<Migration> migrations(String serverId) {
        return migrations(
                Ask.get(Service.COMPUTE, "list migrations of instance " + serverId, "servers", serverId, "migrations"));
    }

    /** All migrations there were, of one instance or of all. */
    public List<Migration> allMigrations(Optional<String> instanceId) {
        Ask ask = Ask.get(Service.COMPUTE, "list migrations", "os-migrations");
        return migrations(instanceId.map(id -> ask.query("instance_uuid", id)).orElse(ask));
    }

    private List<Migration> migrations(Ask ask) {
        List<Migration> found = new ArrayList<>();
        http.json(ask, JsonNode.class)
                .path("migrations")
                .forEach(node -> found.add(http.convert(node, ask.what(), Migration.class)));
        return List.copyOf(found);
    }

    private String id(JsonNode answer, String what) {
        String id = answer.path("server").path("id").asText("");
        if (id.isEmpty()) {
            throw new CloudProtocolError(http.cloud(), what, "no id of a server");
        }
        return id;
    }

    private static JsonNode nextLink(JsonNode links) {
        for (JsonNode link : links) {
            if (link.path("rel").asText("").equals("next")) {
                return link.path("href");
            }
        }
        return MissingNode.getInstance();
    }
}
