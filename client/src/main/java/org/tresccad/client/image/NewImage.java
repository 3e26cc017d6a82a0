package org.tresccad.client.image;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to tell Glance of an image before its data.
 *
 * @param id an id of our choice; an id that exists, or ever existed, is a conflict
 * @param diskFormat Glance's word: raw, qcow2, aki, ari, ...
 * @param properties free ones; Glance's own fields are refused there by Glance
 */
public record NewImage(
        Optional<String> id,
        String name,
        String diskFormat,
        String containerFormat,
        Map<String, String> properties,
        List<String> tags) {
    /** Copies the collections. */
    public NewImage {
        properties = Map.copyOf(properties);
        tags = List.copyOf(tags);
    }

    /** An image in no container, with {@code properties} and no tags. */
    public static NewImage bare(String name, String diskFormat, Map<String, String> properties) {
        return new NewImage(Optional.empty(), name, diskFormat, "bare", properties, List.of());
    }

    /** Formats, properties and tags of {@code other}, under {@code name}; not its id, owner or visibility. */
    public static NewImage like(Image other, String name) {
        Map<String, String> carried = new LinkedHashMap<>(other.properties());
        carried.keySet().removeIf(key -> key.startsWith("os_glance_"));
        return new NewImage(
                Optional.empty(),
                name,
                other.content().diskFormat().orElse("raw"),
                other.content().containerFormat().orElse("bare"),
                carried,
                other.tags());
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>(properties);
        id.ifPresent(value -> json.put("id", value));
        json.put("name", name);
        json.put("disk_format", diskFormat);
        json.put("container_format", containerFormat);
        if (!tags.isEmpty()) {
            json.put("tags", tags);
        }
        return json;
    }
}
