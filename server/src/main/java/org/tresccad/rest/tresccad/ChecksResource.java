package org.tresccad.rest.tresccad;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.InstanceId;
import org.tresccad.migration.CheckMove;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.tresccad.json.MoveCheck;

/** Whether an instance of this host could be moved, without moving it. */
@Path("tresccad/v1/instances")
@Produces(MediaType.APPLICATION_JSON)
public final class ChecksResource {
    private final CheckMove checking;

    /** Wires it. */
    public ChecksResource(CheckMove checking) {
        this.checking = checking;
    }

    /** Yes or no, with every reason. */
    @POST
    @Path("{id}/check")
    @Consumes(MediaType.APPLICATION_JSON)
    public MoveCheck.Response check(
            @Context ContainerRequestContext request, @PathParam("id") String id, MoveCheck.@Nullable Request asked) {
        String destination = asked == null ? null : asked.destination();
        if (destination == null) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "Say where to: {\"destination\": \"NAME\"}.");
        }
        InstanceId instance = InstanceId.parse(id)
                .orElseThrow(
                        () -> new TresccadException(ErrorKind.NOT_FOUND, "Instance " + id + " could not be found."));
        CheckMove.Outcome outcome = checking.check(Authenticated.caller(request), instance, destination);
        return new MoveCheck.Response(outcome.isPossible(), outcome.reasons(), outcome.sendsBase());
    }
}
