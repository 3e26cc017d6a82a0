package org.tresccad.rest.guest;

import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.PrepareGuest;
import org.tresccad.metadata.GuestCaller;
import org.tresccad.metadata.SessionTokens;
import org.tresccad.rest.Json;
import org.tresccad.rest.guest.json.DelayRequest;
import org.tresccad.rest.guest.json.DelayView;

/** What a guest answers when it is told to prepare: that it is ready, or, once, that it needs more time. */
@Path("tresccad/v1/events/{number: [0-9]{1,15}}")
public final class EventAnswersResource {
    private static final long LONGEST_WISH = Duration.ofDays(1).toSeconds();

    private final PrepareGuest preparing;
    private final SessionTokens tokens;

    /** Wires it. */
    public EventAnswersResource(PrepareGuest preparing, SessionTokens tokens) {
        this.preparing = preparing;
        this.tokens = tokens;
    }

    /** It may be frozen. The answer is the last on its connection; the freeze waits until the guest has closed that. */
    @POST
    @Path("ready")
    public Response ready(
            @Context ContainerRequestContext request,
            @PathParam("number") long number,
            @HeaderParam(Ec2Resource.TOKEN) @Nullable String token) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        preparing.ready(guest(request, token), number, closed);
        LastAnswer.to(CallingGuest.connection(request), closed);
        return Response.noContent().header("Connection", "close").build();
    }

    /** It needs more time; the answer says how much it gets. */
    @POST
    @Path("delay")
    public Response delay(
            @Context ContainerRequestContext request,
            @PathParam("number") long number,
            @HeaderParam(Ec2Resource.TOKEN) @Nullable String token)
            throws IOException {
        InstanceId guest = guest(request, token);
        long seconds = Json.read(request.getEntityStream().readAllBytes(), DelayRequest.class)
                .wish()
                .filter(wish -> wish >= 1 && wish <= LONGEST_WISH)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.BAD_REQUEST, "The request does not say for how many 'seconds': 1 to a day's."));
        Duration granted = preparing.delay(guest, number, Duration.ofSeconds(seconds));
        return Response.ok(new DelayView(granted.toMillis() / 1e3), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private InstanceId guest(ContainerRequestContext request, @Nullable String token) {
        GuestCaller caller = CallingGuest.of(request);
        RequiredToken.check(tokens, caller, token);
        return caller.instance().id();
    }
}
