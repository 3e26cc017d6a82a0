package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/**
 * {@code GET /tresccad/v1/events}: {@code {"events": [{"number": 1000001, "event": "prepare", "at":
 * "2026-11-20T12:00:00Z", "cause": "move", "destination": "b", "deadline": "2026-11-20T12:00:02Z"}, {"number": 1999999,
 * "event": "frozen", "at": "2026-11-20T12:00:01Z", "source": "a"}, {"number": 2000000, "event": "thawed", "at":
 * "2026-11-20T12:00:04Z", "gap_seconds": 3.812, "source": "a", "host": "b"}]}}.
 */
public record EventsView(List<Event> events) {
    /**
     * Something that happened; what does not belong to its kind is absent.
     *
     * @param number every later event has a higher one, on whatever host
     * @param event {@code prepare}, {@code cancelled}, {@code frozen} or {@code thawed}
     * @param cause {@code move} or {@code save}
     * @param destination of a move
     * @param deadline until when the guest may answer
     * @param gapSeconds for how long it stood still, by the clocks of both hosts
     * @param source where it was frozen
     * @param host where it ran on
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Event(
            long number,
            String event,
            String at,
            Optional<String> cause,
            Optional<String> destination,
            Optional<String> deadline,
            @JsonProperty("gap_seconds") Optional<Double> gapSeconds,
            Optional<String> source,
            Optional<String> host) {}
}
