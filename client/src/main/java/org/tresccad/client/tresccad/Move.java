package org.tresccad.client.tresccad;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A move as the host that keeps its journal tells it.
 *
 * @param state REQUESTED, CHECKED, SENDING_AHEAD, FROZEN, CLAIMED, DONE, WITHDRAWN or FAILED
 * @param error why it ended as WITHDRAWN or FAILED
 * @param interruptionSeconds how long the guest stood still, once known
 * @param newServerId its id at the destination, once known
 */
public record Move(
        String id,
        @JsonProperty("server_id") Optional<String> serverId,
        Optional<String> lineage,
        Optional<Long> epoch,
        Optional<String> name,
        Optional<String> source,
        Optional<String> destination,
        Optional<String> mode,
        String state,
        Optional<String> error,
        @JsonProperty("started_at") Optional<String> startedAt,
        @JsonProperty("ended_at") Optional<String> endedAt,
        @JsonProperty("bytes_done") Optional<Long> bytesDone,
        @JsonProperty("bytes_total") Optional<Long> bytesTotal,
        @JsonProperty("interruption_seconds") Optional<Double> interruptionSeconds,
        @JsonProperty("total_seconds") Optional<Double> totalSeconds,
        @JsonProperty("new_server_id") Optional<String> newServerId) {
    private static final Set<String> FINAL = Set.of("DONE", "WITHDRAWN", "FAILED");

    /** Whether nothing more will happen. */
    public boolean ended() {
        return FINAL.contains(state);
    }

    /** Whether the guest now runs at the destination. */
    public boolean succeeded() {
        return state.equals("DONE");
    }

    /** {@link #bytesTotal} for those who count. */
    public OptionalLong expectedBytes() {
        return bytesTotal.map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }
}
