package org.tresccad.rest.guest;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.metadata.GuestCaller;
import org.tresccad.metadata.MigrationPolicy;
import org.tresccad.metadata.MigrationPolicy.Refusal;
import org.tresccad.metadata.SessionTokens;
import org.tresccad.migration.Move;
import org.tresccad.migration.MoveInstance;
import org.tresccad.migration.MoveMode;
import org.tresccad.migration.MoveTerms;
import org.tresccad.migration.Moves;
import org.tresccad.rest.Json;
import org.tresccad.rest.guest.json.MigrationRequest;
import org.tresccad.rest.guest.json.MigrationView;

/** A guest's own moves: it asks for one at the source, and learns at the destination what became of it. */
@Path("tresccad/v1/migrations")
public final class MigrationsResource {
    private final MoveInstance moving;
    private final Moves moves;
    private final MovesOfGuest history;
    private final MigrationPolicy policy;
    private final SessionTokens tokens;

    /** Wires it. */
    public MigrationsResource(
            MoveInstance moving, Moves moves, MovesOfGuest history, MigrationPolicy policy, SessionTokens tokens) {
        this.moving = moving;
        this.moves = moves;
        this.history = history;
        this.policy = policy;
        this.tokens = tokens;
    }

    /** All moves of the guest that this host took part in, newest first. */
    @GET
    public Response list(@Context ContainerRequestContext request) {
        return json(
                200, new MigrationView.Many(history.of(CallingGuest.of(request).lineage())));
    }

    /** One of them. */
    @GET
    @Path("{id}")
    public Response show(@Context ContainerRequestContext request, @PathParam("id") String id) {
        MigrationView found = history.of(CallingGuest.of(request).lineage()).stream()
                .filter(move -> move.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.NOT_FOUND, "This guest has no migration of that id, as far as this host knows."));
        return json(200, new MigrationView.One(found));
    }

    /**
     * Asks for a move. The answer is 202 and the last on its connection; the freeze waits until the guest has closed
     * that, a little while at most.
     */
    @POST
    public Response ask(
            @Context ContainerRequestContext request, @HeaderParam(Ec2Resource.TOKEN) @Nullable String token)
            throws IOException {
        GuestCaller guest = CallingGuest.of(request);
        RequiredToken.check(tokens, guest, token);
        // Whatever the content type says: small programs in guests send none, or curl's.
        MigrationRequest wish = Json.read(request.getEntityStream().readAllBytes(), MigrationRequest.class);
        String destination = Optional.ofNullable(wish.destination())
                .filter(name -> !name.isBlank())
                .orElseThrow(() -> new TresccadException(ErrorKind.BAD_REQUEST, "The request names no destination."));
        MoveMode mode = mode(Optional.ofNullable(wish.mode()).orElse(MoveMode.AUTO.wireName()));
        policy.refusal(guest.instance(), destination, earlier(guest)).ifPresent(MigrationsResource::refuse);

        CompletableFuture<Void> closed = new CompletableFuture<>();
        Move move = moving.request(
                guest.asMember(),
                guest.instance().id(),
                destination,
                mode,
                Move.Origin.GUEST,
                new MoveTerms(
                        OptionalLong.empty(),
                        Optional.ofNullable(wish.interruptionSeconds()).map(MoveTerms::interruption)),
                closed);
        LastAnswer.to(CallingGuest.connection(request), closed);
        return Response.accepted(new MigrationView.One(history.view(move)))
                .type(MediaType.APPLICATION_JSON_TYPE)
                .header("Connection", "close")
                .build();
    }

    private List<Instant> earlier(GuestCaller guest) {
        return moves.of(guest.lineage()).stream()
                .filter(move -> move.origin() == Move.Origin.GUEST)
                .map(Move::startedAt)
                .toList();
    }

    private static MoveMode mode(String name) {
        return MoveMode.parse(name)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.BAD_REQUEST, "There is no mode of that name; use 'auto', 'package' or 'warm'."));
    }

    private static void refuse(Refusal refusal) {
        refusal.retryAfter().ifPresent(wait -> {
            throw new TooManyRequests(refusal.reason(), wait);
        });
        throw new TresccadException(ErrorKind.FORBIDDEN, refusal.reason());
    }

    private static Response json(int status, Object document) {
        return Response.status(status)
                .type(MediaType.APPLICATION_JSON_TYPE)
                .entity(document)
                .build();
    }
}
