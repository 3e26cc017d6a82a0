package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One host's API as one user, asked by curl in the set's internet: a tenth of a second for what a client takes one or two
 * for.
 */
final class Api {
    private static final Pattern TOKEN = Pattern.compile("(?im)^X-Subject-Token: *(\\S+)");
    private static final String STATUS_MARK = "\nstatus ";

    private final World world;
    private final Host host;
    private final String user;
    private final String project;
    private volatile String token = "";

    Api(World world, Host host, String user, String project) {
        this.world = world;
        this.host = host;
        this.user = user;
        this.project = project;
    }

    /** Asks without a body. */
    Answer ask(String method, String path) {
        return ask(method, path, "");
    }

    /** Asks; {@code path} begins with the prefix of the service, such as {@code /compute/v2.1/servers}. */
    Answer ask(String method, String path, String json) {
        return send(method, path, "application/json", json);
    }

    /** Sends a body of any type: a text, or a file's content as {@code @FILE}; none when it is empty. */
    Answer send(String method, String path, String contentType, String body) {
        Answer answer = send(method, path, contentType, body, "X-Auth-Token: " + token());
        if (answer.status() != 401) {
            return answer;
        }
        // A login is valid for an hour, and some tests go on for longer.
        token = "";
        return send(method, path, contentType, body, "X-Auth-Token: " + token());
    }

    /** The same with any header in place of that with the token. */
    Answer send(String method, String path, String contentType, String body, String header) {
        List<String> command = curl(method, path);
        command.addAll(List.of("-H", header, "-w", STATUS_MARK + "%{http_code}"));
        if (!body.isEmpty()) {
            command.addAll(List.of("-H", "Content-Type: " + contentType, "--data-binary", body));
        }
        String request = user + " at " + host.name() + ": " + method + " " + path + " " + body;
        Outcome outcome = world.inInternet(command.toArray(String[]::new));
        assertThat(outcome.code()).as("%s: %s", request, outcome.text()).isZero();
        int mark = outcome.out().lastIndexOf(STATUS_MARK);
        return new Answer(
                request,
                Integer.parseInt(outcome.out().substring(mark + STATUS_MARK.length())),
                outcome.out().substring(0, mark));
    }

    /** The body of an answer that must be 200. */
    JsonNode get(String path) {
        return ask("GET", path).body(200);
    }

    /** A server's action. */
    Answer act(String server, String action) {
        return ask("POST", "/compute/v2.1/servers/" + server + "/action", action);
    }

    /** A server; empty when there is none of that id. */
    Optional<JsonNode> server(String id) {
        Answer answer = ask("GET", "/compute/v2.1/servers/" + id);
        return answer.status() == 404
                ? Optional.empty()
                : Optional.of(answer.body(200).path("server"));
    }

    /** A server's status, or {@code GONE}. */
    String status(String id) {
        return server(id).map(server -> server.path("status").asText()).orElse("GONE");
    }

    /** The server's task, or an empty text. */
    String task(String id) {
        return server(id)
                .map(server -> server.path("OS-EXT-STS:task_state").asText(""))
                .filter(task -> !task.equals("null"))
                .orElse("");
    }

    /** The fixed address a server has. */
    String address(String id) {
        return server(id)
                .orElseThrow()
                .path("addresses")
                .elements()
                .next()
                .path(0)
                .path("addr")
                .asText();
    }

    /** A server's moves away from this host, newest first. */
    List<JsonNode> moves(String id) {
        List<JsonNode> moves = new ArrayList<>();
        get("/tresccad/v1/moves?server_id=" + id).path("moves").forEach(moves::add);
        return moves;
    }

    /** Asks for a move in mode {@code package}, in which all is sent after the freeze; the move's id. */
    String move(String id, String destination) {
        return move(id, destination, "package");
    }

    /** Asks for a move; its id. */
    String move(String id, String destination, String mode) {
        act(id, "{\"tresccad:migrate\":{\"destination\":\"" + destination + "\",\"mode\":\"" + mode + "\"}}")
                .body(202);
        return moves(id).get(0).path("id").asText();
    }

    /** A move's state: {@code REQUESTED}, ... */
    String moveState(String move) {
        return get("/tresccad/v1/moves/" + move).path("move").path("state").asText();
    }

    /** Sets keys of a server's metadata. */
    void setMetadata(String id, Map<String, String> values) {
        List<String> members = new ArrayList<>();
        values.forEach((key, value) -> members.add("\"" + key + "\":\"" + value + "\""));
        ask("POST", "/compute/v2.1/servers/" + id + "/metadata", "{\"metadata\":{" + String.join(",", members) + "}}")
                .body(200);
    }

    /** Images by name, newest first. */
    List<JsonNode> images(String name) {
        List<JsonNode> images = new ArrayList<>();
        get("/image/v2/images?name=" + name + "&sort=created_at:desc")
                .path("images")
                .forEach(images::add);
        return images;
    }

    /** Makes an image of a file; its id, and the answer to the upload. */
    Uploaded upload(String name, String format, Path file) {
        String id = ask(
                        "POST",
                        "/image/v2/images",
                        "{\"name\":\"" + name + "\",\"disk_format\":\"" + format + "\",\"container_format\":\"bare\"}")
                .body(201)
                .path("id")
                .asText();
        return new Uploaded(
                id, send("PUT", "/image/v2/images/" + id + "/file", "application/octet-stream", "@" + file));
    }

    /** Writes an image's data to a file. */
    void download(String id, Path file) {
        List<String> command = curl("GET", "/image/v2/images/" + id + "/file");
        command.addAll(List.of("-f", "-H", "X-Auth-Token: " + token(), "-o", file.toString()));
        world.inInternet(command.toArray(String[]::new)).succeeded();
    }

    /** An image and how its upload was answered. */
    record Uploaded(String id, Answer answer) {}

    private String token() {
        if (token.isEmpty()) {
            List<String> command = curl("POST", "/identity/v3/auth/tokens");
            command.addAll(
                    List.of("-D", "-", "-o", "/dev/null", "-H", "Content-Type: application/json", "-d", """
                    {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "%s",
                    "domain": {"name": "Default"}, "password": "%s-password"}}},
                    "scope": {"project": {"name": "%s", "domain": {"name": "Default"}}}}}""".formatted(
                                    user, user, project)));
            String headers =
                    world.inInternet(command.toArray(String[]::new)).succeeded().out();
            Matcher matcher = TOKEN.matcher(headers);
            assertThat(matcher.find()).as(headers).isTrue();
            token = matcher.group(1);
        }
        return token;
    }

    private List<String> curl(String method, String path) {
        return new ArrayList<>(List.of(
                "curl",
                "-sS",
                "--max-time",
                "120",
                "--cacert",
                host.state().resolve("tls/certificate.pem").toString(),
                "-X",
                method,
                "https://" + host.address() + ":8774" + path));
    }
}
