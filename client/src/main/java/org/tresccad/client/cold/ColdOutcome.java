package org.tresccad.client.cold;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A cold move that arrived.
 *
 * @param interruptionSeconds from the request to stop the source until the target was ACTIVE; 0 when it was off
 * @param movedBytes of images that were copied by this process
 * @param imageId the target's image of the disk, which stays, since Nova may need it for a rebuild or a migration
 */
public record ColdOutcome(
        @JsonProperty("move_id") String moveId,
        String name,
        String source,
        String destination,
        @JsonProperty("new_server_id") String serverId,
        List<String> addresses,
        @JsonProperty("interruption_seconds") double interruptionSeconds,
        @JsonProperty("moved_bytes") long movedBytes,
        @JsonProperty("image_id") String imageId) {
    /** Copies. */
    public ColdOutcome {
        addresses = List.copyOf(addresses);
    }
}
