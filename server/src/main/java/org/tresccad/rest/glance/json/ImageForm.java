package org.tresccad.rest.glance.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.NewImage;
import org.tresccad.image.Visibility;

/** What the owner of an image may choose, filled in attribute by attribute as requests name them. Not thread-safe. */
public final class ImageForm {
    private static final Set<String> CONTAINERS =
            Set.of("bare", "ovf", "ova", "aki", "ari", "ami", "docker", "compressed");
    private static final Set<String> OWN = Set.of(
            "name",
            "visibility",
            "disk_format",
            "container_format",
            "min_disk",
            "min_ram",
            "protected",
            "os_hidden",
            "tags");
    private static final Set<String> READ_ONLY = Set.of(
            "id",
            "status",
            "owner",
            "size",
            "virtual_size",
            "checksum",
            "os_hash_algo",
            "os_hash_value",
            "created_at",
            "updated_at",
            "direct_url",
            "self",
            "file",
            "schema",
            "locations",
            "location",
            "stores",
            "deleted",
            "deleted_at");

    private Optional<ImageId> id = Optional.empty();
    private String name = "";
    private Visibility visibility = Visibility.SHARED;
    private Optional<DiskFormat> diskFormat = Optional.empty();
    private Optional<String> containerFormat = Optional.empty();
    private int minDisk;
    private int minRam;
    private boolean isProtected;
    private boolean isHidden;
    private Set<String> tags = Set.of();
    private final Map<String, String> properties = new HashMap<>();

    private ImageForm() {}

    /** The form for the body of a POST. */
    public static ImageForm of(JsonNode body) {
        if (!body.isObject()) {
            throw wrong("The body must be a JSON object.");
        }
        ImageForm form = new ImageForm();
        for (Map.Entry<String, JsonNode> field : body.properties()) {
            if (field.getKey().equals("id")) {
                form.id = Optional.of(ImageId.parse(field.getValue().asText())
                        .orElseThrow(() -> wrong("The id of an image must be a UUID.")));
            } else {
                form.set(field.getKey(), field.getValue());
            }
        }
        return form;
    }

    /** The form as it was filled in for an image. */
    public static ImageForm of(NewImage choices) {
        ImageForm form = new ImageForm();
        form.id = choices.id();
        form.name = choices.name();
        form.visibility = choices.visibility();
        form.diskFormat = choices.diskFormat();
        form.containerFormat = choices.containerFormat();
        form.minDisk = choices.minDiskGib();
        form.minRam = choices.minRamMib();
        form.isProtected = choices.isProtected();
        form.isHidden = choices.isHidden();
        form.tags = choices.tags();
        form.properties.putAll(choices.properties());
        return form;
    }

    /** Whether the attribute, or custom property, has a value that could be replaced. */
    public boolean has(String key) {
        return OWN.contains(key) || READ_ONLY.contains(key) || properties.containsKey(key);
    }

    /** Sets an attribute or a custom property. */
    public void set(String key, JsonNode value) {
        refuseReadOnly(key);
        switch (key) {
            case "name" -> name = value.isNull() ? "" : text(key, value);
            case "visibility" ->
                visibility = Visibility.parse(text(key, value))
                        .orElseThrow(() -> wrong("visibility is one of public, private, shared, community."));
            case "disk_format" ->
                diskFormat = value.isNull()
                        ? Optional.empty()
                        : Optional.of(DiskFormat.parse(text(key, value))
                                .orElseThrow(() -> wrong("disk_format is not one this host takes.")));
            case "container_format" ->
                containerFormat = value.isNull() ? Optional.empty() : Optional.of(container(value));
            case "min_disk" -> minDisk = count(key, value);
            case "min_ram" -> minRam = count(key, value);
            case "protected" -> isProtected = truth(key, value);
            case "os_hidden" -> isHidden = truth(key, value);
            case "tags" -> tags = tags(value);
            default -> properties.put(key, text(key, value));
        }
    }

    /** Removes a custom property. */
    public void remove(String key) {
        refuseReadOnly(key);
        if (OWN.contains(key)) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "Attribute " + key + " may not be removed.");
        }
        properties.remove(key);
    }

    /** The form as a request to the image service. */
    public NewImage filled() {
        return new NewImage(
                id,
                name,
                visibility,
                diskFormat,
                containerFormat,
                minDisk,
                minRam,
                isProtected,
                isHidden,
                tags,
                properties);
    }

    private static void refuseReadOnly(String key) {
        if (READ_ONLY.contains(key)) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "Attribute " + key + " is read-only.");
        }
    }

    private static String container(JsonNode value) {
        String text = text("container_format", value);
        if (!CONTAINERS.contains(text)) {
            throw wrong("container_format is not one this host takes.");
        }
        return text;
    }

    private static String text(String key, JsonNode value) {
        if (!value.isTextual()) {
            throw wrong(key + " must be a string.");
        }
        return value.textValue();
    }

    private static int count(String key, JsonNode value) {
        if (!value.isInt() || value.intValue() < 0) {
            throw wrong(key + " must be an integer from 0 to " + Integer.MAX_VALUE + ".");
        }
        return value.intValue();
    }

    private static boolean truth(String key, JsonNode value) {
        if (!value.isBoolean()) {
            throw wrong(key + " must be true or false.");
        }
        return value.booleanValue();
    }

    private static Set<String> tags(JsonNode value) {
        if (!value.isArray()) {
            throw wrong("tags must be an array of strings.");
        }
        Set<String> tags = new HashSet<>();
        value.forEach(tag -> tags.add(text("a tag", tag)));
        return tags;
    }

    private static TresccadException wrong(String message) {
        return new TresccadException(ErrorKind.BAD_REQUEST, message);
    }
}
