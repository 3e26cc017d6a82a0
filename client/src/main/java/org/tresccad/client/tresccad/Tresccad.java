package org.tresccad.client.tresccad;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.http.Ask;
import org.tresccad.client.http.CloudHttp;
import org.tresccad.client.http.Service;

/**
 * tresccad's own routes of a host, below {@code /tresccad/v1} on the host and port of its compute service. On a
 * plain OpenStack every call ends in {@link CloudNotFound}.
 */
public final class Tresccad {
    private final CloudHttp http;

    /** The host that {@code http} reaches. */
    public Tresccad(CloudHttp http) {
        this.http = http;
    }

    /** What the host says of itself. */
    public HostInfo host() {
        JsonNode answer = get("host", JsonNode.class);
        JsonNode host = answer.path("host").isObject() ? answer.path("host") : answer;
        return new HostInfo(text(host, "name"), text(host, "version"), host);
    }

    /** Whether this is a tresccad host at all. */
    public boolean present() {
        try {
            host();
            return true;
        } catch (CloudNotFound plainOpenStack) {
            return false;
        }
    }

    /** Where the host could move our instances. */
    public List<Destination> destinations() {
        String what = "list destinations";
        List<Destination> found = new ArrayList<>();
        http.json(Ask.get(Service.TRESCCAD, what, "destinations"), JsonNode.class)
                .path("destinations")
                .forEach(node -> found.add(http.convert(node, what, Destination.class)));
        return List.copyOf(found);
    }

    /** Moves the host knows; {@code filter} by {@code server_id} or {@code lineage}. */
    public List<Move> moves(Map<String, String> filter) {
        String what = "list moves";
        Ask ask = Ask.get(Service.TRESCCAD, what, "moves");
        for (Map.Entry<String, String> parameter : filter.entrySet()) {
            ask = ask.query(parameter.getKey(), parameter.getValue());
        }
        List<Move> found = new ArrayList<>();
        http.json(ask, JsonNode.class).path("moves").forEach(node -> found.add(http.convert(node, what, Move.class)));
        return List.copyOf(found);
    }

    /** One move. */
    public Move move(String id) {
        return http.json(Ask.get(Service.TRESCCAD, "show move " + id, "moves", id), "move", Move.class);
    }

    /** Asks to end a move; the guest runs on at the source unless the destination has claimed it. */
    public void cancelMove(String id) {
        http.done(Ask.delete(Service.TRESCCAD, "cancel move " + id, "moves", id));
    }

    /** Whether the host could move an instance of its own to {@code destination}, by the name the host knows it by. */
    public Check checkMove(String instanceId, String destination) {
        return http.json(
                Ask.relative(
                        Service.TRESCCAD,
                        "POST",
                        "check instance " + instanceId + " for " + destination,
                        "instances/" + instanceId + "/check",
                        Optional.of(Map.of("destination", destination))),
                Check.class);
    }

    /**
     * Gives up the host that an instance waits for; the instance runs here, at a raised epoch.
     *
     * @param name of the instance, as its owner typed it
     */
    public void reclaim(String instanceId, String name) {
        http.done(Ask.relative(
                Service.TRESCCAD,
                "POST",
                "reclaim instance " + instanceId,
                "instances/" + instanceId + "/reclaim",
                Optional.of(Map.of("name", name))));
    }

    /** Whether the host could restore the package of that manifest, as things are there now: nobody sends a base image. */
    public Check checkPackage(JsonNode manifest) {
        JsonNode answer = http.json(
                Ask.relative(Service.TRESCCAD, "POST", "check a package", "checks", Optional.of(manifest)),
                JsonNode.class);
        List<Check.Reason> reasons = new ArrayList<>();
        answer.path("reasons").forEach(node -> reasons.add(http.convert(node, "check a package", Check.Reason.class)));
        int missing = answer.path("missing_references").size();
        if (missing > 0) {
            reasons.add(new Check.Reason(
                    "references", "The package is relative to " + missing + " contents that are not there."));
        }
        return new Check(reasons.isEmpty(), reasons, false);
    }

    /** GET of {@code path}, relative to {@code /tresccad/v1/}, slash-separated, maybe with {@code ?key=value}. */
    public <T> T get(String path, Class<T> type) {
        return http.json(ask("GET", path, Optional.empty()), type);
    }

    /** POST of {@code body} as JSON. It is sent at most once. */
    public <T> T post(String path, Object body, Class<T> type) {
        return http.json(ask("POST", path, Optional.of(body)), type);
    }

    /** PUT of {@code body} as JSON. */
    public <T> T put(String path, Object body, Class<T> type) {
        return http.json(ask("PUT", path, Optional.of(body)), type);
    }

    /** DELETE; an answer without a body is an empty tree when {@code type} is JsonNode. */
    public <T> T delete(String path, Class<T> type) {
        return http.json(ask("DELETE", path, Optional.empty()), type);
    }

    private static Ask ask(String method, String path, Optional<Object> body) {
        return Ask.relative(Service.TRESCCAD, method, method + " /tresccad/v1/" + path, path, body);
    }

    private static Optional<String> text(JsonNode node, String key) {
        return node.path(key).isTextual() ? Optional.of(node.path(key).asText()) : Optional.empty();
    }
}
