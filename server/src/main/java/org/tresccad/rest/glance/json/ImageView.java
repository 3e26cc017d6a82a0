package org.tresccad.rest.glance.json;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalLong;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.rest.Json;

/**
 * An image on the wire, custom properties beside its own attributes: {@code {"id": ..., "name": "tick", "status":
 * "active", "visibility": "shared", "size": 1048576, "virtual_size": 1048576, "checksum": ..., "os_hash_algo":
 * "sha512", "os_hash_value": ..., "disk_format": "qcow2", "container_format": "bare", "min_disk": 0, "min_ram": 0,
 * "protected": false, "os_hidden": false, "owner": ..., "tags": [], "created_at": "2026-11-20T12:00:00Z", "updated_at":
 * ..., "self": "/v2/images/...", "file": ".../file", "schema": "/v2/schemas/image", "kernel_id": ...}}.
 */
public final class ImageView {
    private ImageView() {}

    /** The view of {@code image}. */
    public static ObjectNode of(Image image) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        String path = "/v2/images/" + image.id();
        image.properties().forEach(view::put);
        view.put("id", image.id().toString());
        view.put("name", image.name().isEmpty() ? null : image.name());
        view.put("status", image.status().wireName());
        view.put("visibility", image.visibility().wireName());
        view.put("owner", image.owner().value());
        view.put("disk_format", image.diskFormat().map(DiskFormat::wireName).orElse(null));
        view.put("container_format", image.containerFormat().orElse(null));
        Image.Content content = image.content();
        putSize(view, "size", content.sizeBytes());
        putSize(view, "virtual_size", content.virtualSizeBytes());
        view.put("checksum", content.md5().orElse(null));
        view.put("os_hash_algo", content.digest().isPresent() ? "sha512" : null);
        view.put("os_hash_value", content.digest().map(ContentDigest::sha512).orElse(null));
        view.put("min_disk", image.minDiskGib());
        view.put("min_ram", image.minRamMib());
        view.put("protected", image.isProtected());
        view.put("os_hidden", image.isHidden());
        image.tags().stream().sorted().forEach(view.putArray("tags")::add);
        view.put("created_at", Json.seconds(image.createdAt()));
        view.put("updated_at", Json.seconds(image.updatedAt()));
        view.put("self", path);
        view.put("file", path + "/file");
        view.put("schema", "/v2/schemas/image");
        return view;
    }

    private static void putSize(ObjectNode view, String key, OptionalLong size) {
        if (size.isPresent()) {
            view.put(key, size.getAsLong());
        } else {
            view.putNull(key);
        }
    }
}
