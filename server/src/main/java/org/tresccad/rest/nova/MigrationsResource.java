package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.tresccad.instance.InstanceId;
import org.tresccad.rest.nova.json.Fields;
import org.tresccad.rest.nova.json.MigrationView;

/** Moves as Nova's migrations. Nova shows them to admins; here everybody sees those of the own project. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class MigrationsResource {
    private final MoveRequests moves;

    MigrationsResource(MoveRequests moves) {
        this.moves = moves;
    }

    /** All, newest first; {@code instance_uuid} and {@code status} filter. */
    @GET
    @Path("v2.1/os-migrations")
    public ObjectNode all(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        Optional<InstanceId> instance = first(request, "instance_uuid").map(text -> InstanceId.parse(text)
                .orElseThrow(() -> Fields.invalid("instance_uuid", "is not the id of a server")));
        List<MoveView> found = moves.all(request.caller(), new MoveRequests.Filter(instance, first(request, "status")));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("migrations");
        Function<MoveView, ObjectNode> view = move -> MigrationView.listed(move, request.version(), request.links());
        if (!request.version().isAtLeast(59)) {
            found.forEach(move -> list.add(view.apply(move)));
            return body;
        }
        Page<MoveView> page = Page.of(found, request.query(), move -> move.id().toString());
        page.items().forEach(move -> list.add(view.apply(move)));
        page.next()
                .ifPresent(query -> body.set("migrations_links", request.links().next("os-migrations?" + query)));
        return body;
    }

    private static Optional<String> first(NovaRequest request, String name) {
        return Optional.ofNullable(request.query().getFirst(name));
    }
}
