package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.rest.nova.json.MigrationView;

/** A server's moves that go on. Nova has this route since 2.23; here it is there for every microversion. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class ServerMigrationsResource {
    private final Servers servers;
    private final MoveRequests moves;

    ServerMigrationsResource(Servers servers, MoveRequests moves) {
        this.servers = servers;
        this.moves = moves;
    }

    /** Those of one server whose outcome is open. */
    @GET
    @Path("v2.1/servers/{id}/migrations")
    public ObjectNode running(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("migrations");
        moves.running(request.caller(), servers.get(request, id).id())
                .forEach(move -> list.add(MigrationView.running(move, request.version())));
        return body;
    }

    /** One of them. */
    @GET
    @Path("v2.1/servers/{id}/migrations/{number}")
    public ObjectNode show(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("number") String number) {
        NovaRequest request = NovaRequest.of(context);
        MoveView found = moves
                .running(request.caller(), servers.get(request, id).id())
                .stream()
                .filter(move -> Integer.toString(move.number()).equals(number))
                .findFirst()
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.NOT_FOUND, "In-progress migration " + number + " is not found for the server."));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("migration", MigrationView.running(found, request.version()));
        return body;
    }
}
