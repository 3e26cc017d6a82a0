package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Optional;

/**
 * A move of the guest that asks: {@code {"id": "9a1c...", "status": "completed", "source": "a", "destination": "b",
 * "mode": null, "error": null, "started_at": "2026-11-20T12:00:00Z", "ended_at": "2026-11-20T12:00:03Z",
 * "interruption_seconds": null, "total_seconds": null, "receiving_seconds": 2.3}}.
 *
 * @param status {@code requested}, {@code preparing}, {@code frozen}, {@code completed} or {@code error} (the guest
 *     stayed, or was let run again, at the source)
 * @param mode null at the destination, which is not told
 * @param error why it ended so
 * @param interruptionSeconds as the source measured it; null elsewhere
 * @param totalSeconds as the source measured it; null elsewhere
 * @param receivingSeconds at the destination: from the first word of the package to the guest running; null elsewhere.
 *     The interruption is longer by the time the source needed to write the memory
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record MigrationView(
        String id,
        String status,
        String source,
        String destination,
        Optional<String> mode,
        Optional<String> error,
        String startedAt,
        Optional<String> endedAt,
        Optional<Double> interruptionSeconds,
        Optional<Double> totalSeconds,
        Optional<Double> receivingSeconds) {
    /** {@code {"migration": {...}}}. */
    public record One(MigrationView migration) {}

    /** {@code {"migrations": [{...}]}}, newest first. */
    public record Many(List<MigrationView> migrations) {}
}
