package org.tresccad.rest.tresccad;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
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
import org.tresccad.identity.Caller;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.ConcludeArrival;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.migration.ReclaimInstance;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.tresccad.json.ArrivalsResponse;
import org.tresccad.rest.tresccad.json.Reclaim;

/** What has come here and waits for a word, and what its owner does when that never comes. */
@Path("tresccad/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class ReclaimsResource {
    private final ReclaimInstance reclaiming;
    private final Arrivals arrivals;
    private final ConcludeArrival concluding;

    /** Wires it. */
    public ReclaimsResource(ReclaimInstance reclaiming, Arrivals arrivals, ConcludeArrival concluding) {
        this.reclaiming = reclaiming;
        this.arrivals = arrivals;
        this.concluding = concluding;
    }

    /** The arrivals of the caller's project that are not over. */
    @GET
    @Path("arrivals")
    public ArrivalsResponse arrivals(@Context ContainerRequestContext request) {
        Caller caller = Authenticated.caller(request);
        return new ArrivalsResponse(arrivals.unfinished().stream()
                .filter(arrival -> caller.sees(arrival.project()))
                .map(arrival -> ArrivalsResponse.ArrivalView.of(arrival, concluding.isUncertain(arrival)))
                .toList());
    }

    /** Gives up the host that an instance waits for. */
    @POST
    @Path("instances/{id}/reclaim")
    @Consumes(MediaType.APPLICATION_JSON)
    public Reclaim.Response reclaim(
            @Context ContainerRequestContext request, @PathParam("id") String id, Reclaim.@Nullable Request asked) {
        String name = asked == null ? null : asked.name();
        if (name == null) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "Say whom you mean: {\"name\": \"NAME\"}.");
        }
        InstanceId instance = InstanceId.parse(id)
                .orElseThrow(
                        () -> new TresccadException(ErrorKind.NOT_FOUND, "Instance " + id + " could not be found."));
        Instance reclaimed = reclaiming.reclaim(Authenticated.caller(request), instance, name);
        return new Reclaim.Response(reclaimed.id().value(), reclaimed.epoch().number());
    }
}
