package org.tresccad.rest.tresccad.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.tresccad.instance.InstanceId;
import org.tresccad.job.Progress;
import org.tresccad.migration.Move;
import org.tresccad.rest.Json;

/**
 * A move as its source shows it: {@code {"id": "...", "server_id": "...", "state": "FROZEN", "bytes_done": 1048576,
 * "interruption_seconds": null, ...}}. States are those of the journal.
 */
public record MoveView(
        UUID id,
        @JsonProperty("server_id") UUID serverId,
        UUID lineage,
        long epoch,
        String name,
        String source,
        String destination,
        String mode,
        Optional<Plan> plan,
        String state,
        Optional<String> error,
        @JsonProperty("started_at") String startedAt,
        @JsonProperty("ended_at") Optional<String> endedAt,
        @JsonProperty("bytes_done") long bytesDone,
        @JsonProperty("bytes_total") OptionalLong bytesTotal,
        @JsonProperty("interruption_seconds") Optional<Double> interruptionSeconds,
        @JsonProperty("total_seconds") Optional<Double> totalSeconds,
        @JsonProperty("new_server_id") Optional<UUID> newServerId) {
    private static final double MILLIS = 1000.0;

    /** The view of {@code move}, whose sending is as far as {@code progress} says, while it goes on. */
    public static MoveView of(Move move, String source, Optional<Progress> progress) {
        return new MoveView(
                move.id().value(),
                move.instance().value(),
                move.epoch().lineage().value(),
                move.epoch().number(),
                move.instanceName(),
                source,
                move.destination(),
                move.mode().wireName(),
                move.plan().map(Plan::of),
                move.state().name(),
                move.error(),
                Json.seconds(move.startedAt()),
                move.endedAt().map(Json::seconds),
                progress.map(Progress::doneBytes).orElse(move.figures().bytesSent()),
                progress.map(Progress::totalBytes).orElse(OptionalLong.empty()),
                move.figures().interruption().map(MoveView::seconds),
                move.figures().total().map(MoveView::seconds),
                move.remoteInstance().map(InstanceId::value));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / MILLIS;
    }

    /** {@code {"mode": "warm", "predicted_interruption_seconds": 1.2, "why": "..."}}. */
    public record Plan(
            String mode,
            @JsonProperty("predicted_interruption_seconds") double predictedInterruptionSeconds,
            String why) {
        private static Plan of(Move.Plan plan) {
            return new Plan(plan.mode().wireName(), seconds(plan.predicted()), plan.why());
        }
    }

    /** {@code {"move": {...}}}. */
    public record One(MoveView move) {}

    /** {@code {"moves": [...]}}. */
    public record Many(List<MoveView> moves) {}
}
