package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import org.tresccad.rest.Json;

/** An answer of an API. */
record Answer(String request, int status, String text) {
    /** The body, of an answer that must have this status. */
    JsonNode body(int expected) {
        assertThat(status).as("%s: %s", request, text).isEqualTo(expected);
        try {
            return text.isEmpty() ? Json.mapper().missingNode() : Json.mapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(request + " was answered by no JSON: " + text, e);
        }
    }

    /** The message of a fault in the compute API's shape: {@code {"badRequest": {"code": 400, "message": "..."}}}. */
    String fault(int expected) {
        return body(expected).elements().next().path("message").asText();
    }
}
