package org.tresccad.rest.tresccad;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.migration.Move;
import org.tresccad.migration.MoveEngine;
import org.tresccad.migration.MoveId;
import org.tresccad.migration.MoveInstance;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.tresccad.json.MoveView;

/** Moves away from this host. */
@Path("tresccad/v1/moves")
@Produces(MediaType.APPLICATION_JSON)
public final class MovesResource {
    private final MoveInstance moving;
    private final MoveEngine engine;
    private final String hostName;

    /** Wires it. */
    public MovesResource(MoveInstance moving, MoveEngine engine, String hostName) {
        this.moving = moving;
        this.engine = engine;
        this.hostName = hostName;
    }

    /** The caller's moves, newest first. */
    @GET
    public MoveView.Many list(
            @Context ContainerRequestContext request,
            @QueryParam("server_id") @Nullable String serverId,
            @QueryParam("lineage") @Nullable String lineage) {
        return new MoveView.Many(moving.list(Authenticated.caller(request)).stream()
                .filter(m -> serverId == null || m.instance().toString().equals(serverId))
                .filter(m -> lineage == null || m.epoch().lineage().toString().equals(lineage))
                .map(this::view)
                .toList());
    }

    /** One move. */
    @GET
    @Path("{id}")
    public MoveView.One show(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return new MoveView.One(view(moving.get(Authenticated.caller(request), parse(id))));
    }

    /** Asks it to end, which it will some time after 202; the guest runs on here. */
    @DELETE
    @Path("{id}")
    public Response cancel(@Context ContainerRequestContext request, @PathParam("id") String id) {
        moving.cancel(Authenticated.caller(request), parse(id));
        return Response.accepted().build();
    }

    private MoveView view(Move move) {
        return MoveView.of(move, hostName, engine.progress(move.id()));
    }

    private static MoveId parse(String id) {
        return MoveId.parse(id)
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "Move " + id + " could not be found."));
    }
}
