package org.tresccad.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** How ids of servers begin; two clouds that share a network must not have the same. */
    public volatile String idPrefix = "server-";

    /** What becomes of a server that is made. */
    public volatile String bootStatus = "ACTIVE";

    /** Runs when a server is asked for, before it is made. */
    public volatile Runnable onCreate = () -> {};

    /** The network that a tresccad host says it has. */
    public volatile String cidr = "10.0.0.0/24";

    /** The cards of servers, as Nova shows them, and the network service that has their ports, if any. */
    public final Map<String, List<Map<String, Object>>> cards = Collections.synchronizedMap(new TreeMap<>());

    public volatile Optional<TestingNetwork> network = Optional.empty();

    /** tresccad's plugin, if this is an OpenStack with it; without it the fake is a tresccad host. */
    public volatile Optional<TestingPlugin> plugin = Optional.empty();

    /** What was asked of servers, newest first. */
    public final Map<String, List<String>> events = Collections.synchronizedMap(new TreeMap<>());

    /** Properties that images of servers have here. */
    public final Map<String, Object> imageProperties = Collections.synchronizedMap(new TreeMap<>());

    private final TestingImages images;

    private volatile boolean moving;
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger ids = new AtomicInteger();

    public TestingCompute(TestingImages images) {
        this.images = images;
    }

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
        String id = idPrefix + ids.incrementAndGet();
        Map<String, Object> server = new LinkedHashMap<>();
        server.put("id", id);
        server.put("name", name);
        server.put("status", status);
        server.put("image", Map.of("id", "image-0"));
        server.put("flavor", Map.of("id", "1"));
        server.put("metadata", Map.of());
        server.put("locked", false);
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
                    case "flavors" -> flavors(method, parts, body);
                    case "os-keypairs" -> keypairs(method, parts, body);
                    case "limits" ->
                        Answer.json(
                                200,
                                Map.of(
                                        "limits",
                                        Map.of("absolute", Map.of("maxTotalInstances", 9, "totalInstancesUsed", 1))));
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
        if (id.equals("restore") && plugin.isPresent()) {
            return plugin.get().restore(body);
        }
        if (id.equals("restore")) {
            String restored = addServer(body.path("name").asText("restored"), "ACTIVE");
            return Answer.json(202, Map.of("server", Map.of("id", restored)));
        }
        if (id.isEmpty()) {
            return create(body.path("server"));
        }
        Map<String, Object> server = servers.get(id);
        if (server == null) {
            return Answer.fault(404, "itemNotFound", "Instance " + id + " could not be found.");
        }
        if (parts.length == 2) {
            if (method.equals("DELETE")) {
                if (Boolean.TRUE.equals(server.get("locked"))) {
                    return locked(id);
                }
                servers.remove(id);
                network.ifPresent(there -> {
                    there.ports
                            .values()
                            .removeIf(port -> id.equals(port.get("device_id")) && "".equals(port.get("name")));
                    there.ports.values().stream()
                            .filter(port -> id.equals(port.get("device_id")))
                            .forEach(port -> port.put("device_id", ""));
                });
                return Answer.empty(204);
            }
            return Answer.json(200, Map.of("server", server));
        }
        return switch (parts[2]) {
            case "save" ->
                plugin.map(with -> with.save(id))
                        .orElseGet(() -> Answer.json(202, Map.of("image_id", "package-of-" + id)));
            case "migrations" -> Answer.json(200, Map.of("migrations", List.of(Map.of("id", 8, "status", "running"))));
            case "os-interface" -> interfaces(method, id, parts, body);
            case "os-instance-actions" ->
                Answer.json(200, Map.of("instanceActions", numbered(events.getOrDefault(id, List.of()))));
            case "metadata" -> metadata(method, id, parts, body);
            default -> action(id, server, body);
        };
    }

    private static List<Map<String, String>> numbered(List<String> events) {
        List<Map<String, String>> numbered = new ArrayList<>();
        for (int at = 0; at < events.size(); at++) {
            numbered.add(Map.of("action", events.get(at), "request_id", "req-" + (events.size() - at)));
        }
        return numbered;
    }

    private Answer create(JsonNode wanted) {
        onCreate.run();
        String id = addServer(wanted.path("name").asText(), bootStatus);
        Map<String, Object> metadata = new LinkedHashMap<>();
        wanted.path("metadata")
                .properties()
                .forEach(each -> metadata.put(each.getKey(), each.getValue().asText()));
        set(id, "metadata", metadata);
        set(id, "image", Map.of("id", wanted.path("imageRef").asText()));
        set(id, "flavor", Map.of("id", wanted.path("flavorRef").asText()));
        for (JsonNode card : wanted.path("networks")) {
            network.ifPresent(
                    there -> there.ports.computeIfPresent(card.path("port").asText(), (same, port) -> {
                        port.put("device_id", id);
                        return port;
                    }));
        }
        return Answer.json(202, Map.of("server", Map.of("id", id)));
    }

    private static Answer locked(String id) {
        return Answer.fault(409, "conflictingRequest", "Instance " + id + " is locked");
    }

    private Object field(String id, String key) {
        return Objects.requireNonNull(Objects.requireNonNull(servers.get(id)).get(key));
    }

    private Answer interfaces(String method, String id, String[] parts, JsonNode body) {
        List<Map<String, Object>> its = cards.computeIfAbsent(id, none -> new CopyOnWriteArrayList<>());
        if (method.equals("GET")) {
            return Answer.json(200, Map.of("interfaceAttachments", its));
        }
        if (Boolean.TRUE.equals(field(id, "locked"))) {
            return locked(id);
        }
        TestingNetwork there = network.orElseThrow();
        if (method.equals("DELETE")) {
            its.removeIf(card -> parts[3].equals(card.get("port_id")));
            // Nova's own ports have no name.
            there.ports.computeIfPresent(parts[3], (same, port) -> {
                port.put("device_id", "");
                return "".equals(port.get("name")) ? null : port;
            });
            return Answer.empty(202);
        }
        String portId = body.at("/interfaceAttachment/port_id").asText();
        Map<String, Object> port = Objects.requireNonNull(there.ports.get(portId));
        port.put("device_id", id);
        addCard(
                id,
                portId,
                Objects.requireNonNull(port.get("network_id")),
                Objects.requireNonNull(port.get("mac_address")),
                Objects.requireNonNull(port.get("fixed_ips")));
        return Answer.json(200, Map.of());
    }

    private void addCard(String id, String port, Object network, Object mac, Object addresses) {
        cards.computeIfAbsent(id, none -> new CopyOnWriteArrayList<>())
                .add(Map.of("port_id", port, "net_id", network, "mac_addr", mac, "fixed_ips", addresses));
    }

    /** Gives a server a card; with a port of Nova's own where there is a network service. */
    public void plug(String id, String networkId, String mac, String address) {
        String port = network.map(there -> there.addPort("", networkId, mac, address, id))
                .orElse("port-of-" + id);
        addCard(id, port, networkId, mac, List.of(Map.of("ip_address", address)));
    }

    private Answer metadata(String method, String id, String[] parts, JsonNode body) {
        if (Boolean.TRUE.equals(field(id, "locked"))) {
            return locked(id);
        }
        Map<String, Object> changed = new LinkedHashMap<>();
        Json.MAPPER
                .valueToTree(field(id, "metadata"))
                .properties()
                .forEach(each -> changed.put(each.getKey(), each.getValue().asText()));
        if (method.equals("DELETE")) {
            changed.remove(parts[3]);
        } else {
            changed.put(parts[3], body.path("meta").path(parts[3]).asText());
        }
        set(id, "metadata", changed);
        return method.equals("DELETE") ? Answer.empty(204) : Answer.json(200, body);
    }

    private Answer action(String id, Map<String, Object> server, JsonNode body) {
        String name = body.fieldNames().next();
        List<String> asked = events.computeIfAbsent(id, none -> new CopyOnWriteArrayList<>());
        boolean isLocked = Boolean.TRUE.equals(server.get("locked"));
        if (isLocked && List.of("os-start", "os-stop").contains(name)) {
            return locked(id);
        }
        switch (name) {
            case "os-stop" -> {
                set(id, "status", "SHUTOFF");
                asked.add(0, "stop");
            }
            case "os-start" -> {
                set(id, "status", "ACTIVE");
                asked.add(0, "start");
            }
            case "lock", "unlock" -> {
                set(id, "locked", name.equals("lock"));
                asked.add(0, name);
            }
            case "createImage" -> {
                Map<String, Object> properties = new LinkedHashMap<>(Map.of(
                        "image_type", "snapshot", "disk_format", "qcow2", "hw_vif_model", "virtio", "user_id", "u1"));
                properties.putAll(imageProperties);
                body.at("/createImage/metadata")
                        .properties()
                        .forEach(each ->
                                properties.put(each.getKey(), each.getValue().asText()));
                images.add(body.at("/createImage/name").asText(), ("disk of " + id).getBytes(UTF_8), properties);
                asked.add(0, "createImage");
            }
            default -> {}
        }
        if (body.has("os-getConsoleOutput")) {
            return Answer.json(200, Map.of("output", console));
        }
        if (body.has("tresccad:migrate")) {
            moving = true;
        }
        return Answer.empty(202);
    }

    private Answer flavors(String method, String[] parts, JsonNode body) {
        if (parts.length == 2 && !parts[1].equals("detail")) {
            return flavors.stream()
                    .filter(flavor -> parts[1].equals(flavor.get("id")))
                    .findFirst()
                    .map(flavor -> Answer.json(200, Map.of("flavor", flavor)))
                    .orElseGet(() -> Answer.fault(404, "itemNotFound", "Flavor " + parts[1] + " could not be found."));
        }
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

    private Answer keypairs(String method, String[] parts, JsonNode body) {
        if (parts.length == 2) {
            Optional<Map<String, Object>> found = keypairs.stream()
                    .filter(each -> each.get("keypair") instanceof Map<?, ?> pair && parts[1].equals(pair.get("name")))
                    .findFirst();
            if (method.equals("DELETE")) {
                found.ifPresent(keypairs::remove);
            }
            return found.map(pair -> Answer.json(200, pair))
                    .orElseGet(() -> Answer.fault(404, "itemNotFound", "Keypair " + parts[1] + " not found"));
        }
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
            case "network" -> Answer.json(200, Map.of("id", "net-here", "name", "private", "cidr", cidr));
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
