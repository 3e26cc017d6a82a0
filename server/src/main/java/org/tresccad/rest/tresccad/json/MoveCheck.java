package org.tresccad.rest.tresccad.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tresccad.instance.Preflight;

/** {@code POST instances/{id}/check}: whether a move would be possible. */
public final class MoveCheck {
    private MoveCheck() {}

    /** {@code {"destination": "hostB"}}; null when the JSON lacks it. */
    public record Request(@Nullable String destination) {}

    /**
     * {@code {"possible": false, "reasons": [{"subject": "cpu", "message": "..."}], "sends_base_image": false}}.
     *
     * @param possible whether there are no reasons against it
     * @param sendsBaseImage whether a move would send the base image ahead
     */
    public record Response(
            boolean possible,
            List<Preflight.Reason> reasons,
            @JsonProperty("sends_base_image") boolean sendsBaseImage) {}
}
