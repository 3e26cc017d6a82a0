package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * {@code GET /tresccad/v1/events}: {@code {"events": [{"number": 2, "event": "thawed", "at": "2026-11-20T12:00:04Z",
 * "gap_seconds": 3.812, "source": "a", "host": "b"}]}}.
 */
public record EventsView(List<Event> events) {
    /**
     * The guest ran on at another place, or at the same after a restore.
     *
     * @param number the epoch it ran on at: every later event has a higher one, on whatever host
     * @param event {@code thawed}
     * @param gapSeconds for how long it stood still, by the clocks of both hosts
     * @param source the host it came from
     * @param host the host it is on
     */
    public record Event(
            long number,
            String event,
            String at,
            @JsonProperty("gap_seconds") double gapSeconds,
            String source,
            String host) {}
}
