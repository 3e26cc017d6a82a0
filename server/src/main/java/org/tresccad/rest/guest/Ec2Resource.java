package org.tresccad.rest.guest;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.Instance;
import org.tresccad.metadata.Ec2Metadata;
import org.tresccad.metadata.GuestCaller;
import org.tresccad.metadata.Location;
import org.tresccad.metadata.SessionTokens;
import org.tresccad.rest.Json;
import org.tresccad.rest.guest.json.InstanceIdentity;

/**
 * EC2's metadata service. Reads need no token and take any; only calls that change something ask for one (see {@link
 * MigrationsResource}).
 *
 * @see <a href="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html">EC2: instance
 *     metadata</a>
 */
@Path("{version: latest|1\\.0|[0-9]{4}-[0-9]{2}-[0-9]{2}}")
public final class Ec2Resource {
    /** The header a token comes back in. */
    static final String TOKEN = "X-aws-ec2-metadata-token";

    private static final String LIFE = "X-aws-ec2-metadata-token-ttl-seconds";

    private final Location location;
    private final SessionTokens tokens;

    /** Wires it. */
    public Ec2Resource(Location location, SessionTokens tokens) {
        this.location = location;
        this.tokens = tokens;
    }

    /** What there is. */
    @GET
    public Response list(@PathParam("version") String version) {
        requireVersion(version);
        return Text.ok("dynamic/\nmeta-data/\nuser-data");
    }

    /** A text, or a list of what is below. */
    @GET
    @Path("meta-data{path: (/.*)?}")
    public Response metaData(
            @Context ContainerRequestContext request,
            @PathParam("version") String version,
            @PathParam("path") String path) {
        requireVersion(version);
        return Ec2Metadata.of(CallingGuest.of(request), location)
                .find(path)
                .map(Text::ok)
                .orElseThrow(NotFoundException::new);
    }

    /** The user data, decoded. */
    @GET
    @Path("user-data")
    public Response userData(@Context ContainerRequestContext request, @PathParam("version") String version) {
        requireVersion(version);
        return userData(CallingGuest.of(request));
    }

    static Response userData(GuestCaller guest) {
        return guest.userData()
                .map(data -> Response.ok(data, MediaType.APPLICATION_OCTET_STREAM_TYPE)
                        .build())
                .orElseThrow(NotFoundException::new);
    }

    /** What there is below {@code dynamic/}. */
    @GET
    @Path("dynamic")
    public Response dynamic(@PathParam("version") String version) {
        requireVersion(version);
        return Text.ok("instance-identity/");
    }

    /** What there is below {@code dynamic/instance-identity/}; nothing is signed. */
    @GET
    @Path("dynamic/instance-identity")
    public Response identities(@PathParam("version") String version) {
        requireVersion(version);
        return Text.ok("document");
    }

    /** The identity document. */
    @GET
    @Path("dynamic/instance-identity/document")
    public Response identity(@Context ContainerRequestContext request, @PathParam("version") String version) {
        requireVersion(version);
        GuestCaller guest = CallingGuest.of(request);
        Instance instance = guest.instance();
        return Response.ok(
                        new InstanceIdentity(
                                "2017-09-30",
                                instance.project().value(),
                                "x86_64",
                                location.zone(),
                                Ec2Metadata.imageId(guest),
                                guest.lineage().toString(),
                                instance.spec().flavor().name(),
                                Json.seconds(instance.createdAt()),
                                guest.port().address().toString(),
                                location.region()),
                        MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    /** A token, for as many seconds as the header says: 1 to 21600. */
    @PUT
    @Path("api/token")
    public Response token(
            @Context ContainerRequestContext request,
            @PathParam("version") String version,
            @HeaderParam(LIFE) @Nullable String seconds) {
        if (!version.equals("latest")) {
            throw new NotFoundException();
        }
        Duration life = life(seconds);
        String token = tokens.issue(CallingGuest.of(request).instance().id(), life);
        return Response.fromResponse(Text.ok(token))
                .header(LIFE, life.toSeconds())
                .build();
    }

    private static Duration life(@Nullable String seconds) {
        if (seconds != null && seconds.strip().matches("[1-9][0-9]{0,4}")) {
            Duration life = Duration.ofSeconds(Integer.parseInt(seconds.strip()));
            if (life.compareTo(SessionTokens.LONGEST) <= 0) {
                return life;
            }
        }
        throw new TresccadException(
                ErrorKind.BAD_REQUEST,
                "The header " + LIFE + " says how long the token lives: 1 to " + SessionTokens.LONGEST.toSeconds()
                        + ".");
    }

    private static void requireVersion(String version) {
        if (!Ec2Metadata.VERSIONS.contains(version)) {
            throw new NotFoundException();
        }
    }
}
