package org.tresccad.client.between;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/**
 * A move that arrived.
 *
 * @param serverId its id at the destination; empty when an earlier process had it restored and was cut off
 * @param interruptionSeconds from the request to save it until it was seen to run; empty when that was another process
 * @param movedBytes of images that were copied by this process
 */
public record MoveOutcome(
        String name,
        String source,
        String destination,
        @JsonProperty("new_server_id") Optional<String> serverId,
        List<String> addresses,
        String mode,
        @JsonProperty("interruption_seconds") Optional<Double> interruptionSeconds,
        @JsonProperty("moved_bytes") long movedBytes) {
    /** Copies. */
    public MoveOutcome {
        addresses = List.copyOf(addresses);
    }
}
