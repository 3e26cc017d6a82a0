package org.tresccad.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.handover.NamedIds;
import org.tresccad.client.http.Json;
import org.tresccad.client.tresccad.PackageManifest;

/** tresccad's plugin in a {@link TestingCloud}: it saves, and its compute node claims as the real one does. */
public final class TestingPlugin {
    /** What becomes of restores. */
    public enum Spawning {
        RUNS,
        /** ERROR, before anything is claimed. */
        FAILS,
        /** ERROR; claimed, and given back. */
        GIVES_BACK,
        /** ERROR for who looks, and the claim stands. */
        CLAIMS,
        /** ACTIVE, and nothing is claimed: a node without the driver booted the base image. */
        BOOTS
    }

    public volatile Spawning spawning = Spawning.RUNS;

    /** Runs at the end of a save, and before a restore. */
    public volatile Runnable onSave = () -> {};

    public volatile Runnable onRestore = () -> {};

    /** Nonces of the packages that ran here, in their order. */
    public final List<String> ran = new CopyOnWriteArrayList<>();

    private final TestingCloud cloud;
    private final String home;

    /** Gives the cloud the plugin. */
    public TestingPlugin(TestingCloud cloud) {
        this.cloud = cloud;
        try (Cloud client = cloud.connect()) {
            this.home = client.register().home().id().toString();
        }
        cloud.compute.plugin = Optional.of(this);
    }

    Answer save(String serverId) {
        Map<String, Object> server = Objects.requireNonNull(cloud.compute.servers.get(serverId));
        Map<String, Object> base = Objects.requireNonNull(cloud.images.records.get(
                String.valueOf(((Map<?, ?>) Objects.requireNonNull(server.get("image"))).get("id"))));
        String lineage = UUID.randomUUID().toString();
        Map<String, Object> manifest = Map.of(
                "identity",
                Map.of(
                        "lineage",
                        lineage,
                        "epoch",
                        1,
                        "nonce",
                        UUID.randomUUID().toString(),
                        "home",
                        Map.of("kind", "glance", "host_id", home, "name", "here")),
                "guest",
                Map.of("name", Objects.requireNonNull(server.get("name"))),
                "hardware",
                Map.of("vcpus", 1, "memory_mib", 128, "disk_bytes", 1 << 30),
                "base_image",
                Map.of("sha512", Objects.requireNonNull(base.get("os_hash_value"))),
                "members",
                base.containsKey("kernel_id") ? List.of("kernel", "disk", "snapshot") : List.of("disk", "snapshot"));
        String image = cloud.images.add(
                String.valueOf(server.get("name")),
                packed(manifest),
                Map.of(
                        "owner",
                        cloud.project,
                        "tresccad_package",
                        "1",
                        "tresccad_lineage",
                        lineage,
                        "tresccad_epoch",
                        "1"));
        cloud.compute.servers.remove(serverId);
        onSave.run();
        return Answer.json(202, Map.of("image_id", image));
    }

    private static byte[] packed(Map<String, Object> manifest) {
        byte[] json;
        try {
            json = Json.MAPPER.writeValueAsBytes(manifest);
        } catch (IOException bad) {
            throw new AssertionError(bad);
        }
        byte[] data = new byte[4096];
        System.arraycopy("manifest.json".getBytes(UTF_8), 0, data, 0, 13);
        System.arraycopy(String.format("%011o", json.length).getBytes(UTF_8), 0, data, 124, 11);
        System.arraycopy(json, 0, data, 512, json.length);
        return data;
    }

    Answer restore(JsonNode body) {
        String imageId = body.path("image_id").asText("");
        if (imageId.isEmpty()) {
            return Answer.fault(400, "badRequest", "'image_id' is a required property");
        }
        onRestore.run();
        Map<String, Object> image = cloud.images.records.get(imageId);
        if (image == null || !cloud.images.isVisible(image, cloud.project)) {
            return Answer.fault(404, "itemNotFound", "Image " + imageId + " could not be found.");
        }
        JsonNode manifest = manifest(imageId);
        if (!home.equals(manifest.at("/identity/home/host_id").asText())
                && !home.equals(image.get("tresccad_home_claimed"))) {
            return Answer.fault(409, "conflictingRequest", "its home is another, where nobody has claimed it for here");
        }
        String base = manifest.at("/base_image/sha512").asText();
        boolean isThere = cloud.images.records.values().stream()
                .filter(fields -> cloud.images.isVisible(fields, cloud.project))
                .anyMatch(fields -> base.equals(fields.get("os_hash_value")));
        if (!isThere) {
            return Answer.fault(409, "conflictingRequest", "its base image is not in Glance here");
        }
        String server = cloud.compute.addServer(manifest.at("/guest/name").asText(), "BUILD");
        cloud.compute.set(server, "metadata", Map.of("tresccad_restore", imageId));
        spawn(server, manifest.path("identity"));
        return Answer.json(202, Map.of("server", Map.of("id", server)));
    }

    private JsonNode manifest(String imageId) {
        try {
            byte[] data = Objects.requireNonNull(cloud.images.data.get(imageId));
            return PackageManifest.read(new ByteArrayInputStream(data)).orElseThrow();
        } catch (IOException broken) {
            throw new AssertionError(broken);
        }
    }

    private void spawn(String server, JsonNode identity) {
        switch (spawning) {
            case BOOTS -> cloud.compute.set(server, "status", "ACTIVE");
            case FAILS -> fail(server, "No valid host was found.");
            case GIVES_BACK -> {
                Map<String, Object> claim = claim(identity);
                if (!claim.isEmpty()) {
                    claim.put("tresccad_returned", "1");
                }
                fail(server, "QEMU did not start.");
            }
            case CLAIMS -> {
                claim(identity);
                fail(server, "Something else broke.");
            }
            case RUNS -> {
                Map<String, Object> claim = claim(identity);
                if (claim.isEmpty()) {
                    fail(server, "It is claimed already.");
                } else {
                    claim.put("tresccad_running", "1");
                    ran.add(identity.path("nonce").asText());
                    cloud.compute.set(server, "metadata", Map.of());
                    cloud.compute.set(server, "status", "ACTIVE");
                }
            }
        }
    }

    private void fail(String server, String why) {
        cloud.compute.set(server, "status", "ERROR");
        cloud.compute.set(server, "fault", Map.of("code", 500, "message", why));
    }

    /** The record of the claim; empty when it was decided otherwise, or that cannot be read. */
    private Map<String, Object> claim(JsonNode identity) {
        UUID nonce = UUID.fromString(identity.path("nonce").asText());
        String epoch = identity.path("epoch").asText();
        for (int attempt = 0; ; attempt++) {
            String id = NamedIds.of(nonce, attempt == 0 ? epoch : epoch + "." + attempt)
                    .toString();
            Map<String, Object> record = new LinkedHashMap<>(Map.of(
                    "id",
                    id,
                    "status",
                    "queued",
                    "owner",
                    cloud.project,
                    "visibility",
                    "private",
                    "tresccad_handover",
                    "1",
                    "tresccad_lineage",
                    identity.path("lineage").asText(),
                    "tresccad_epoch",
                    epoch,
                    "tresccad_verdict",
                    "claimed",
                    "tresccad_claimant",
                    UUID.randomUUID().toString()));
            if (cloud.images.create(record)) {
                return record;
            }
            Map<String, Object> found = cloud.images.records.getOrDefault(id, Map.of());
            if (!cloud.images.isVisible(found, cloud.project) || !"1".equals(found.get("tresccad_returned"))) {
                return Map.of();
            }
        }
    }
}
