package org.tresccad.client.compute;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An instance as Nova shows it (microversion below 2.47: the flavor is an id).
 *
 * @param status Nova's word: BUILD, ACTIVE, SHUTOFF, PAUSED, SUSPENDED, MIGRATING, ERROR, DELETED, ...
 * @param taskState what is being done to it, if anything
 * @param fault why it is in ERROR
 * @param image {@code {"id": ..}}; an empty text when it was not booted from one
 */
public record Server(
        String id,
        String name,
        String status,
        @JsonProperty("OS-EXT-STS:task_state") Optional<String> taskState,
        Optional<String> created,
        Optional<Fault> fault,
        Map<String, List<Address>> addresses,
        Map<String, String> metadata,
        Optional<JsonNode> image,
        Optional<JsonNode> flavor) {
    /** Checks id and status; whatever else lacks is empty. */
    public Server {
        if (absent(id) || absent(status)) {
            throw new IllegalArgumentException("a server without id or status");
        }
        name = absent(name) ? "" : name;
        addresses = absent(addresses) ? Map.of() : Map.copyOf(addresses);
        metadata = absent(metadata) ? Map.of() : Map.copyOf(metadata);
    }

    /** One address on one network. */
    public record Address(@JsonProperty("addr") String address, int version) {}

    /** Nova's account of a failure. */
    public record Fault(Optional<Integer> code, Optional<String> message, Optional<String> details) {}

    /** All addresses, as text, in the order of the answer. */
    public List<String> addressTexts() {
        return addresses.values().stream()
                .flatMap(List::stream)
                .map(Address::address)
                .toList();
    }

    /** Id of the image it was booted from. */
    public Optional<String> imageId() {
        return id(image);
    }

    /** Id of its flavor. */
    public Optional<String> flavorId() {
        return id(flavor);
    }

    /** Why it is in ERROR, or nothing. */
    public String faultText() {
        return fault.flatMap(Fault::message).orElse("");
    }

    private static Optional<String> id(Optional<JsonNode> reference) {
        return reference.map(node -> node.path("id").asText("")).filter(id -> !id.isEmpty());
    }

    /** JSON may lack what the type says is there. */
    private static boolean absent(@Nullable Object value) {
        return value == null || value.equals("");
    }
}
