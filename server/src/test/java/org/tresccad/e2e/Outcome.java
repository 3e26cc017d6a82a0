package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.tresccad.rest.Json;

/** How a program ended. */
record Outcome(List<String> command, int code, String out, String err) {
    /** This, which must have ended with 0. */
    Outcome succeeded() {
        return endedWith(0);
    }

    /** This, which must have ended with {@code code}. */
    Outcome endedWith(int expected) {
        assertThat(code).as("%s%nout: %s%nerr: %s", command, out, err).isEqualTo(expected);
        return this;
    }

    /** What it printed, as JSON. */
    JsonNode json() {
        try {
            return Json.mapper().readTree(out);
        } catch (JsonProcessingException e) {
            throw new AssertionError(command + " printed no JSON: " + out, e);
        }
    }

    /** Both outputs, for looking for a text that may be in either. */
    String text() {
        return out + err;
    }
}
