package org.tresccad.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tresccad.client.compute.Server;
import org.tresccad.client.image.Image;

/** Instances and images as {@code --json} prints them, the same in every command. Fields may be added, not changed. */
final class Views {
    private Views() {}

    /** {@code {"cloud", "id", "name", "status", "task", "fault", "addresses", "image", "flavor", "metadata"}}. */
    static Map<String, Object> server(String cloud, Server server) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("cloud", cloud);
        view.put("id", server.id());
        view.put("name", server.name());
        view.put("status", server.status());
        view.put("task", server.taskState().orElse(""));
        view.put("fault", server.faultText());
        view.put("addresses", server.addressTexts());
        view.put("image", server.imageId().orElse(""));
        view.put("flavor", server.flavorId().orElse(""));
        view.put("metadata", server.metadata());
        return view;
    }

    /** Glance's names; {@code size} is in bytes and absent until known. */
    static Map<String, Object> image(String cloud, Image image) {
        Image.Content content = image.content();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("cloud", cloud);
        view.put("id", image.id());
        view.put("name", image.name().orElse(""));
        view.put("status", image.status());
        view.put("visibility", image.visibility());
        view.put("disk_format", content.diskFormat().orElse(""));
        view.put("container_format", content.containerFormat().orElse(""));
        content.sizeBytes().ifPresent(size -> view.put("size", size));
        content.digest().ifPresent(digest -> {
            view.put("os_hash_algo", digest.algorithm());
            view.put("os_hash_value", digest.hex());
        });
        view.put("tags", image.tags());
        view.put("properties", image.properties());
        return view;
    }
}
