package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/** {@code {"error": {"code": 403, "message": "This host ...", "request_id": "req-..."}}}. */
public record FaultView(Fault error) {
    /** What went wrong. */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    public record Fault(int code, String message, String requestId) {}
}
