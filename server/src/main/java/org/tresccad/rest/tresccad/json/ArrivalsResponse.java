package org.tresccad.rest.tresccad.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.UUID;
import org.tresccad.instance.Arrival;
import org.tresccad.rest.Json;

/** {@code GET arrivals}: {@code {"arrivals": [{"lineage": "...", "epoch": 1, "state": "UNCERTAIN", ...}]}}. */
public record ArrivalsResponse(List<ArrivalView> arrivals) {
    private static final String UNCERTAIN = "UNCERTAIN";

    /**
     * One of them.
     *
     * @param source the host it came from, and which decides about it
     * @param state of the arrival; {@code UNCERTAIN} for one that is PREPARED and has not heard of its source for a while
     */
    public record ArrivalView(
            UUID lineage,
            long epoch,
            String kind,
            @JsonProperty("instance_id") UUID instanceId,
            String source,
            String state,
            @JsonProperty("started_at") String startedAt) {
        /** The record of an arrival. */
        public static ArrivalView of(Arrival arrival, boolean isUncertain) {
            return new ArrivalView(
                    arrival.epoch().lineage().value(),
                    arrival.epoch().number(),
                    arrival.kind().name(),
                    arrival.instance().value(),
                    arrival.source(),
                    isUncertain ? UNCERTAIN : arrival.state().name(),
                    Json.seconds(arrival.startedAt()));
        }
    }
}
