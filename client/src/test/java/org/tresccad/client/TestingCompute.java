package org.tresccad.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.http.Json;

/** Nova, and tresccad's routes, with servers that become what they shall be after a few looks. */
public final class TestingCompute implements TestingCloud.Part {
    public final Map<String, Map<String, Object>> servers = Collections.synchronizedMap(new TreeMap<>());
    public final List<Map<String, Object>> flavors = new CopyOnWriteArrayList<>();
    public final List<Map<String, Object>> keypairs = new CopyOnWriteArrayList<>();
    public final List<Map<String, Object>> destinations = new CopyOnWriteArrayList<>();

    /** What each next look at the move shows; the last one stays. */
    public final List<Map<String, Object>> moveSteps = new CopyOnWriteArrayList<>();

    /** What the host has against taking something, by subject; empty for nothing. */
    public final Map<String, String> reasons = Collections.synchronizedMap(new TreeMap<>());

    public volatile String console = "";
    private volatile boolean moving;
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger ids = new AtomicInteger();

    /** Changes a field of a server. */
    public void set(String id, String key, Object value) {
        servers.computeIfPresent(id, (same, fields) -> {
            fields.put(key, value);
            return fields;
        });
    }

    /** Lets the next move be a first one again. */
    public void forgetMove() {
        moving = false;
        looks.set(0);
    }

    public String addServer(String name, String status) {
        String id = "server-" + ids.incrementAndGet();
        Map<String, Object> server = new LinkedHashMap<>();
        server.put("id", id);
        server.put("name", name);
        server.put("status", status);
        server.put("image", Map.of("id", "image-0"));
        server.put("flavor", Map.of("id", "1"));
        server.put("metadata", Map.of());
        server.put("addresses", Map.of("private", List.of(Map.of("addr", "10.0.0.5", "version", 4))));
        servers.put(id, server);
        return id;
    }

    @Override
    public Optional<Answer> answer(HttpExchange exchange, String method, String path) throws IOException {
        String[] parts = path.split("/", -1);
        JsonNode body = Json.MAPPER.readTree(exchange.getRequestBody());
        return Optional.of(
                switch (parts[0]) {
                    case "servers" -> servers(method, parts, body);
                    case "flavors" -> flavors(method, body);
                    case "os-keypairs" -> keypairs(method, body);
                    case "os-migrations" ->
                        Answer.json(
                                200,
                                Map.of(
                                        "migrations",
                                        List.of(Map.of("id", 7, "status", "done", "source_compute", "a"))));
                    case "tresccad" -> tresccad(method, parts);
                    default -> Answer.fault(404, "itemNotFound", "The resource could not be found.");
                });
    }

    private Answer servers(String method, String[] parts, JsonNode body) {
        String id = parts.length > 1 ? parts[1] : "";
        if (id.equals("detail")) {
            return Answer.json(200, Map.of("servers", List.copyOf(servers.values())));
        }
        if (id.equals("restore")) {
            String restored = addServer(body.path("name").asText("restored"), "ACTIVE");
            return Answer.json(202, Map.of("server", Map.of("id", restored)));
        }
        if (id.isEmpty()) {
            String created = addServer(body.path("server").path("name").asText(), "ACTIVE");
            return Answer.json(202, Map.of("server", Map.of("id", created)));
        }
        Map<String, Object> server = servers.get(id);
        if (server == null) {
            return Answer.fault(404, "itemNotFound", "Instance " + id + " could not be found.");
        }
        if (parts.length == 2) {
            if (method.equals("DELETE")) {
                servers.remove(id);
                return Answer.empty(204);
            }
            return Answer.json(200, Map.of("server", server));
        }
        return switch (parts[2]) {
            case "save" -> Answer.json(202, Map.of("image_id", "package-of-" + id));
            case "migrations" -> Answer.json(200, Map.of("migrations", List.of(Map.of("id", 8, "status", "running"))));
            default -> action(body);
        };
    }

    private Answer action(JsonNode body) {
        if (body.has("os-getConsoleOutput")) {
            return Answer.json(200, Map.of("output", console));
        }
        if (body.has("tresccad:migrate")) {
            moving = true;
        }
        return Answer.empty(202);
    }

    private Answer flavors(String method, JsonNode body) {
        if (method.equals("POST")) {
            JsonNode asked = body.path("flavor");
            Map<String, Object> made = Map.of(
                    "id", "f" + flavors.size(),
                    "name", asked.path("name").asText(),
                    "vcpus", asked.path("vcpus").asInt(),
                    "ram", asked.path("ram").asLong(),
                    "disk", asked.path("disk").asLong());
            flavors.add(made);
            return Answer.json(200, Map.of("flavor", made));
        }
        return Answer.json(200, Map.of("flavors", flavors));
    }

    private Answer keypairs(String method, JsonNode body) {
        if (method.equals("POST")) {
            Map<String, Object> made = Map.of(
                    "name", body.path("keypair").path("name").asText(),
                    "public_key", body.path("keypair").path("public_key").asText());
            keypairs.add(Map.of("keypair", made));
            return Answer.json(201, Map.of("keypair", made));
        }
        return Answer.json(200, Map.of("keypairs", keypairs));
    }

    private Answer tresccad(String method, String[] parts) {
        return switch (parts[2]) {
            case "host" -> Answer.json(200, Map.of("host", Map.of("name", "here", "version", "1.0")));
            case "destinations" -> Answer.json(200, Map.of("destinations", destinations));
            case "instances" ->
                Answer.json(
                        200,
                        Map.of(
                                "possible", reasons.isEmpty(),
                                "reasons", reasonViews(),
                                "sends_base_image", reasons.isEmpty()));
            case "checks" -> Answer.json(200, Map.of("reasons", reasonViews(), "missing_references", List.of()));
            case "moves" -> moves(method, parts);
            case "handovers" -> Answer.json(200, Map.of("claimed_by", "there"));
            default -> Answer.fault(404, "itemNotFound", "The resource could not be found.");
        };
    }

    private List<Map<String, String>> reasonViews() {
        return reasons.entrySet().stream()
                .map(reason -> Map.of("subject", reason.getKey(), "message", reason.getValue()))
                .toList();
    }

    private Answer moves(String method, String[] parts) {
        if (method.equals("DELETE")) {
            return Answer.empty(204);
        }
        if (parts.length == 3) {
            return Answer.json(200, Map.of("moves", moving ? List.of(moveSteps.get(0)) : List.of()));
        }
        return Answer.json(200, Map.of("move", moveSteps.get(Math.min(looks.getAndIncrement(), moveSteps.size() - 1))));
    }
}
