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

/** Neutron with networks of one subnet each. Two clouds that are given the same one share it, as two projects do. */
public final class TestingNetwork implements TestingCloud.Part {
    public final Map<String, Map<String, Object>> ports = Collections.synchronizedMap(new TreeMap<>());

    /** Refuses ports with a chosen MAC or address, as to who does not own the network. */
    public volatile boolean ownersOnly;

    private final Map<String, String> cidrs = Collections.synchronizedMap(new TreeMap<>());
    private final List<String> external = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();

    public void addNetwork(String id, String cidr) {
        cidrs.put(id, cidr);
    }

    /** A network that leads outside and takes no guests. */
    public void addExternal(String id, String cidr) {
        cidrs.put(id, cidr);
        external.add(id);
    }

    public String addPort(String name, String network, String mac, String address, String device) {
        String id = "port-" + ids.incrementAndGet();
        Map<String, Object> port = new LinkedHashMap<>();
        port.put("id", id);
        port.put("name", name);
        port.put("network_id", network);
        port.put("mac_address", mac);
        port.put("device_id", device);
        port.put("fixed_ips", List.of(Map.of("ip_address", address)));
        ports.put(id, port);
        return id;
    }

    @Override
    public Optional<Answer> answer(HttpExchange exchange, String method, String path) throws IOException {
        String[] parts = path.split("/", -1);
        JsonNode body = Json.MAPPER.readTree(exchange.getRequestBody());
        return Optional.of(
                switch (parts[0]) {
                    case "networks" ->
                        Answer.json(
                                200,
                                Map.of(
                                        "networks",
                                        cidrs.keySet().stream()
                                                .map(id -> Map.of("id", id, "router:external", external.contains(id)))
                                                .toList()));
                    case "subnets" ->
                        Answer.json(
                                200,
                                Map.of(
                                        "subnets",
                                        cidrs.entrySet().stream()
                                                .map(each -> Map.of(
                                                        "id",
                                                        "subnet-" + each.getKey(),
                                                        "network_id",
                                                        each.getKey(),
                                                        "ip_version",
                                                        4,
                                                        "cidr",
                                                        each.getValue()))
                                                .toList()));
                    case "ports" -> ports(method, parts, body.path("port"));
                    default -> Answer.fault(404, "NeutronError", "The resource could not be found.");
                });
    }

    private Answer ports(String method, String[] parts, JsonNode wanted) {
        if (parts.length == 1) {
            return method.equals("POST")
                    ? create(wanted)
                    : Answer.json(200, Map.of("ports", List.copyOf(ports.values())));
        }
        Map<String, Object> port = ports.get(parts[1]);
        if (port == null) {
            return Answer.fault(404, "NeutronError", "Port " + parts[1] + " could not be found.");
        }
        if (method.equals("DELETE")) {
            ports.remove(parts[1]);
            return Answer.empty(204);
        }
        return Answer.json(200, Map.of("port", port));
    }

    private Answer create(JsonNode wanted) {
        boolean chosen = wanted.has("mac_address") || wanted.has("fixed_ips");
        if (chosen && ownersOnly) {
            return Answer.fault(403, "NeutronError", "rule:create_port is disallowed by policy");
        }
        String mac = wanted.path("mac_address").asText("fa:16:3e:00:00:0" + ids.get());
        String address = wanted.at("/fixed_ips/0/ip_address").asText("192.0.2.20" + ids.get());
        boolean taken = ports.values().stream()
                .anyMatch(port -> mac.equals(port.get("mac_address"))
                        || List.of(Map.of("ip_address", address)).equals(port.get("fixed_ips")));
        if (taken) {
            return Answer.fault(409, "NeutronError", "The mac address or the IP address is in use.");
        }
        String id =
                addPort(wanted.path("name").asText(), wanted.path("network_id").asText(), mac, address, "");
        return Answer.json(201, Map.of("port", ports.get(id)));
    }
}
