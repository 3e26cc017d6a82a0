package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.rest.nova.json.Fields;

/** {@code POST /servers/{id}/action}: a body with one key, which names what to do. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class ServerActionsResource {
    private final Servers servers;
    private final Map<String, ServerAction> actions;

    ServerActionsResource(Servers servers, Map<String, ServerAction> actions) {
        this.servers = servers;
        this.actions = Map.copyOf(actions);
    }

    /** Does it. */
    @POST
    @Path("v2.1/servers/{id}/action")
    public Response act(@Context ContainerRequestContext context, @PathParam("id") String id, JsonNode body) {
        NovaRequest request = NovaRequest.of(context);
        if (!body.isObject() || body.size() != 1) {
            throw Fields.invalid("body", "is not an object with one key, the action");
        }
        String name = body.fieldNames().next();
        @Nullable ServerAction action = actions.get(name);
        if (action == null) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST,
                    "There is no such action: " + (name.length() > 64 ? name.substring(0, 64) : name) + ".");
        }
        servers.get(request, id);
        return action.act(request, id, body.get(name));
    }
}
