package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.ws.rs.core.Response;

/** Something that can be done to a server. */
@FunctionalInterface
interface ServerAction {
    /**
     * Does it, or starts to.
     *
     * @param arguments what stands beside the action's name; null as JSON has it, or an object
     */
    Response act(NovaRequest request, String server, JsonNode arguments);
}
