package org.tresccad.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.http.Json;

/** Glance with images in memory; data above a limit is hashed and dropped. */
public final class TestingImages implements TestingCloud.Part {
    private static final int KEPT_BYTES = 1 << 20;
    private static final int PAGE = 2;

    public final Map<String, Map<String, Object>> records = Collections.synchronizedMap(new TreeMap<>());
    public final Map<String, byte[]> data = new ConcurrentHashMap<>();
    /** Projects that may read an image, beside its owner; by the image's id. */
    private final Map<String, Set<String>> members = new ConcurrentHashMap<>();

    private final Set<String> usedIds = ConcurrentHashMap.newKeySet();
    public final AtomicLong received = new AtomicLong();
    public final AtomicLong aborted = new AtomicLong();
    public final AtomicLong completed = new AtomicLong();

    /** The project of a token; whose images others do not see. */
    public volatile Function<String, String> projectOf = token -> "";

    /** Import methods on offer, and what an import does: (region, source image id) to data. */
    public volatile List<String> importMethods = List.of();

    public volatile BiFunction<String, String, Optional<byte[]>> importer = (region, id) -> Optional.empty();

    /** Refuses data, after all of it came, with these words. */
    public volatile Optional<String> rejectData = Optional.empty();

    /** Cuts downloads short by so many bytes, without saying so. */
    public volatile int cutBytes;

    /** Changes a byte of what is downloaded next. */
    public volatile boolean damageNext;

    /** Adds an active image and returns its id. */
    public String add(String name, byte[] bytes, Map<String, Object> more) {
        String id = UUID.randomUUID().toString();
        Map<String, Object> fields = new LinkedHashMap<>(Map.of(
                "id", id, "name", name, "disk_format", "raw", "container_format", "bare", "visibility", "shared"));
        fields.put("tags", List.of());
        fields.putAll(more);
        records.put(id, fields);
        store(id, bytes);
        return id;
    }

    /** Changes a field of an image. */
    public void set(String id, String key, Object value) {
        records.computeIfPresent(id, (same, fields) -> {
            fields.put(key, value);
            return fields;
        });
    }

    @Override
    public Optional<Answer> answer(HttpExchange exchange, String method, String path) throws IOException {
        String[] parts = path.split("/", -1);
        if (path.equals("info/import")) {
            return Optional.of(
                    importMethods.isEmpty()
                            ? Answer.text(404, "text/html", "<html><h1>404 Not Found</h1>none<br/></html>")
                            : Answer.json(200, Map.of("import-methods", Map.of("value", importMethods))));
        }
        if (path.equals("images")) {
            return Optional.of(method.equals("POST") ? create(exchange) : list(exchange));
        }
        Map<String, Object> fields = records.get(parts[1]);
        if (fields == null || !isVisible(fields, asker(exchange))) {
            return Optional.of(Answer.text(
                    404,
                    "text/html; charset=UTF-8",
                    "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n"
                            + "  Failed to find image " + parts[1] + "<br /><br />\n\n\n </body>\n</html>"));
        }
        if (parts.length == 2) {
            return Optional.of(one(exchange, method, fields));
        }
        return switch (method + " " + parts[2]) {
            case "PUT file" -> Optional.of(receive(exchange, fields));
            case "GET tasks" -> Optional.of(Answer.json(200, Map.of("tasks", List.of())));
            case "GET file" -> sendData(exchange, parts[1]);
            case "POST members" -> Optional.of(share(exchange, fields));
            case "POST import" -> Optional.of(doImport(exchange, fields));
            default -> Optional.of(Answer.empty(405));
        };
    }

    private Answer one(HttpExchange exchange, String method, Map<String, Object> fields) throws IOException {
        if (method.equals("DELETE")) {
            records.remove(String.valueOf(fields.get("id")));
            return Answer.empty(204);
        }
        if (method.equals("PATCH")) {
            for (JsonNode change : Json.MAPPER.readTree(exchange.getRequestBody())) {
                String key = change.path("path").asText().substring(1);
                if (change.path("op").asText().equals("remove")) {
                    fields.remove(key);
                } else {
                    fields.put(key, change.path("value").asText());
                }
            }
        }
        return Answer.json(200, fields);
    }

    private Answer create(HttpExchange exchange) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        Json.MAPPER
                .readTree(exchange.getRequestBody())
                .properties()
                .forEach(field -> fields.put(field.getKey(), Json.MAPPER.convertValue(field.getValue(), Object.class)));
        fields.putIfAbsent("id", UUID.randomUUID().toString());
        fields.put("status", "queued");
        fields.putIfAbsent("visibility", "shared");
        fields.putIfAbsent("owner", asker(exchange));
        return create(fields)
                ? Answer.json(201, fields)
                : Answer.text(409, "text/html", "<html><h1>409 Conflict</h1>Image ID exists!<br/></html>");
    }

    /** As in Glance, an id is given out once, also when its image is gone. */
    boolean create(Map<String, Object> fields) {
        if (!usedIds.add(String.valueOf(fields.get("id")))) {
            return false;
        }
        records.put(String.valueOf(fields.get("id")), fields);
        return true;
    }

    private String asker(HttpExchange exchange) {
        return projectOf.apply(String.valueOf(exchange.getRequestHeaders().getFirst("X-Auth-Token")));
    }

    /** Whether members of a project may read it. */
    boolean isVisible(Map<String, Object> fields, String project) {
        boolean isMember =
                members.getOrDefault(String.valueOf(fields.get("id")), Set.of()).contains(project);
        return isListed(fields, project) || (isMember && "shared".equals(fields.get("visibility")));
    }

    /** As in Glance, one that was shared is listed only when its member has accepted it. */
    private static boolean isListed(Map<String, Object> fields, String project) {
        Object owner = fields.get("owner");
        return owner == null || owner.equals(project) || "public".equals(fields.get("visibility"));
    }

    private Answer share(HttpExchange exchange, Map<String, Object> fields) throws IOException {
        String id = String.valueOf(fields.get("id"));
        if (!asker(exchange).equals(fields.get("owner")) || !"shared".equals(fields.get("visibility"))) {
            return Answer.text(403, "text/html", "<html><h1>403 Forbidden</h1>Only shared images have members.</html>");
        }
        String member =
                Json.MAPPER.readTree(exchange.getRequestBody()).path("member").asText();
        boolean isNew = members.computeIfAbsent(id, same -> ConcurrentHashMap.newKeySet())
                .add(member);
        return isNew
                ? Answer.json(200, Map.of("image_id", id, "member_id", member, "status", "pending"))
                : Answer.text(409, "text/html", "<html><h1>409 Conflict</h1>It is a member.</html>");
    }

    private Answer list(HttpExchange exchange) {
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        List<Map<String, Object>> all = records.values().stream()
                .filter(fields -> isListed(fields, asker(exchange)))
                .filter(fields -> !query.contains("name=") || query.contains("name=" + fields.get("name")))
                .toList();
        int from = 0;
        for (int at = 0; at < all.size(); at++) {
            if (query.contains("marker=" + all.get(at).get("id"))) {
                from = at + 1;
            }
        }
        int to = Math.min(all.size(), from + PAGE);
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("images", all.subList(from, to));
        if (to < all.size()) {
            // As real Glance does behind a proxy: without the prefix of its own address.
            page.put("next", "/v2/images?marker=" + all.get(to - 1).get("id"));
        }
        return Answer.json(200, page);
    }

    private Answer receive(HttpExchange exchange, Map<String, Object> fields) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        MessageDigest digest = sha512();
        long size = 0;
        try (InputStream in = exchange.getRequestBody()) {
            byte[] buffer = new byte[64 << 10];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
                size += count;
                received.addAndGet(count);
                if (size <= KEPT_BYTES) {
                    kept.write(buffer, 0, count);
                }
            }
        } catch (IOException cut) {
            aborted.incrementAndGet();
            return Answer.empty(400);
        }
        if (rejectData.isPresent()) {
            return Answer.text(507, "text/plain", rejectData.get());
        }
        completed.incrementAndGet();
        data.put(String.valueOf(fields.get("id")), kept.toByteArray());
        describe(fields, size, digest);
        return Answer.empty(204);
    }

    private Optional<Answer> sendData(HttpExchange exchange, String id) throws IOException {
        byte[] stored = data.get(id);
        if (stored == null) {
            return Optional.of(Answer.empty(204));
        }
        byte[] bytes = stored.clone();
        if (damageNext) {
            damageNext = false;
            bytes[0] ^= 1;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes, 0, bytes.length - cutBytes);
        exchange.getResponseBody().flush();
        return Optional.empty();
    }

    private Answer doImport(HttpExchange exchange, Map<String, Object> fields) throws IOException {
        JsonNode method = Json.MAPPER.readTree(exchange.getRequestBody()).path("method");
        Optional<byte[]> bytes = importer.apply(
                method.path("glance_region").asText(),
                method.path("glance_image_id").asText());
        if (bytes.isEmpty()) {
            return Answer.fault(400, "badRequest", "Unknown region.");
        }
        store(String.valueOf(fields.get("id")), bytes.get());
        return Answer.empty(202);
    }

    private void store(String id, byte[] bytes) {
        MessageDigest digest = sha512();
        digest.update(bytes);
        data.put(id, bytes);
        Map<String, Object> fields = records.get(id);
        if (fields != null) {
            describe(fields, bytes.length, digest);
        }
    }

    private static void describe(Map<String, Object> fields, long size, MessageDigest digest) {
        fields.put("status", "active");
        fields.put("size", size);
        fields.put("os_hash_algo", "sha512");
        fields.put("os_hash_value", HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest sha512() {
        try {
            return MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException broken) {
            throw new AssertionError(broken);
        }
    }
}
