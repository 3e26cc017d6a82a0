package org.tresccad.client.compute;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to boot.
 *
 * @param count how many; Nova numbers their names when more than one
 * @param networkIds empty for {@code auto}: whatever the project has
 * @param userData as the guest shall see it, not encoded
 */
public record NewServer(
        String name,
        String imageId,
        String flavorId,
        int count,
        List<String> networkIds,
        Map<String, String> metadata,
        Optional<String> keyName,
        Optional<String> userData) {
    /** Checks the count, copies collections. */
    public NewServer {
        if (count < 1) {
            throw new IllegalArgumentException("at least one server, not " + count);
        }
        networkIds = List.copyOf(networkIds);
        metadata = Map.copyOf(metadata);
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("imageRef", imageId);
        json.put("flavorRef", flavorId);
        json.put("min_count", count);
        json.put("max_count", count);
        json.put(
                "networks",
                networkIds.isEmpty()
                        ? "auto"
                        : networkIds.stream().map(id -> Map.of("uuid", id)).toList());
        if (!metadata.isEmpty()) {
            json.put("metadata", metadata);
        }
        keyName.ifPresent(key -> json.put("key_name", key));
        userData.ifPresent(text ->
                json.put("user_data", Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
        return Map.of("server", json);
    }
}
