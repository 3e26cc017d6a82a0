package org.tresccad.client.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * An image as Glance shows it.
 *
 * @param status Glance's word: queued, saving, importing, active, deactivated, killed, deleted
 * @param content what is known of its bytes
 * @param properties everything that is not a field of Glance's own, as text
 */
public record Image(
        String id,
        Optional<String> name,
        String status,
        String visibility,
        Optional<String> owner,
        Content content,
        List<String> tags,
        Map<String, String> properties) {
    /** Glance's own fields, and those that only it may write; the rest are properties. */
    private static final Set<String> OWN_FIELDS = Set.of(
            "id",
            "name",
            "status",
            "visibility",
            "owner",
            "size",
            "virtual_size",
            "disk_format",
            "container_format",
            "checksum",
            "os_hash_algo",
            "os_hash_value",
            "os_hidden",
            "min_disk",
            "min_ram",
            "tags",
            "created_at",
            "updated_at",
            "file",
            "self",
            "schema",
            "protected",
            "locations",
            "direct_url",
            "stores");

    /** Checks id and status. */
    public Image {
        if (id.isBlank() || status.isBlank()) {
            throw new IllegalArgumentException("an image without id or status");
        }
        tags = List.copyOf(tags);
        properties = Map.copyOf(properties);
    }

    /**
     * The bytes.
     *
     * @param digest {@code os_hash_value}, lower-case hex, by the algorithm {@code os_hash_algo}
     */
    public record Content(
            Optional<String> diskFormat,
            Optional<String> containerFormat,
            OptionalLong sizeBytes,
            OptionalLong virtualSizeBytes,
            long minDiskGib,
            long minRamMib,
            Optional<Digest> digest) {}

    /** A digest with its algorithm, both as Glance writes them ({@code sha512}). */
    public record Digest(String algorithm, String hex) {
        @Override
        public String toString() {
            return algorithm + ":" + hex;
        }
    }

    /** Whether its data can be had. */
    public boolean active() {
        return status.equals("active");
    }

    /** Name, or id when it has none. */
    public String label() {
        return name.filter(text -> !text.isBlank()).orElse(id);
    }

    /** Whether it belongs to that project; yes when Glance does not say whose it is. */
    public boolean isOf(String projectId) {
        return owner.map(projectId::equals).orElse(true);
    }

    /** Whether that project may rely on it: an administrator sees others' images too, which others may delete. */
    public boolean isUsableBy(String projectId) {
        return visibility.equals("public") || isOf(projectId);
    }

    /** Whether both are known to have the same bytes, in the same format. */
    public boolean hasDataOf(Image other) {
        return content.digest().isPresent()
                && content.digest().equals(other.content.digest())
                && content.diskFormat().equals(other.content.diskFormat());
    }

    /** Properties that say how a guest of this image must be built; the others tell of the image's life at its cloud. */
    public Map<String, String> hardwareProperties() {
        return properties.entrySet().stream()
                .filter(property -> isHardware(property.getKey()))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static boolean isHardware(String key) {
        return key.startsWith("hw_")
                || (key.startsWith("os_") && !key.startsWith("os_glance_"))
                || Set.of("architecture", "vm_mode").contains(key);
    }

    /** From Glance's JSON; throws IllegalArgumentException when it is none. */
    static Image of(JsonNode node) {
        Map<String, String> properties = new TreeMap<>();
        node.properties().forEach(field -> {
            if (!OWN_FIELDS.contains(field.getKey()) && !field.getValue().isNull()) {
                properties.put(
                        field.getKey(),
                        field.getValue().isValueNode()
                                ? field.getValue().asText()
                                : field.getValue().toString());
            }
        });
        List<String> tags = new ArrayList<>();
        node.path("tags").forEach(tag -> tags.add(tag.asText()));
        Optional<Digest> digest = text(node, "os_hash_algo")
                .flatMap(algorithm -> text(node, "os_hash_value").map(hex -> new Digest(algorithm, hex)));
        return new Image(
                node.path("id").asText(""),
                text(node, "name"),
                node.path("status").asText(""),
                node.path("visibility").asText("private"),
                text(node, "owner"),
                new Content(
                        text(node, "disk_format"),
                        text(node, "container_format"),
                        number(node, "size"),
                        number(node, "virtual_size"),
                        node.path("min_disk").asLong(0),
                        node.path("min_ram").asLong(0),
                        digest),
                tags,
                properties);
    }

    private static Optional<String> text(JsonNode node, String key) {
        return node.hasNonNull(key) ? Optional.of(node.path(key).asText()) : Optional.empty();
    }

    private static OptionalLong number(JsonNode node, String key) {
        return node.path(key).isIntegralNumber()
                ? OptionalLong.of(node.path(key).asLong())
                : OptionalLong.empty();
    }
}
