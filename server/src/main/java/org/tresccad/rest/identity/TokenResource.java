package org.tresccad.rest.identity;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Identity;
import org.tresccad.identity.IssuedToken;
import org.tresccad.identity.Token;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.BaseUri;
import org.tresccad.rest.PublicRoute;
import org.tresccad.rest.identity.json.AuthRequest;
import org.tresccad.rest.identity.json.ServiceView;
import org.tresccad.rest.identity.json.TokenView;
import org.tresccad.rest.identity.json.Views;

/** Tokens and the catalog. */
@Path("/identity")
@Produces(MediaType.APPLICATION_JSON)
public final class TokenResource {
    private static final String SUBJECT = "X-Subject-Token";

    private final Identity identity;
    private final String region;

    /** {@code region} is what the catalog calls this host. */
    public TokenResource(Identity identity, String region) {
        this.identity = identity;
        this.region = region;
    }

    /** Logs in. */
    @POST
    @Path("v3/auth/tokens")
    @PublicRoute
    @Consumes(MediaType.APPLICATION_JSON)
    public Response login(@Context UriInfo uri, AuthRequest request) {
        IssuedToken issued = identity.login(request.login(), request.scope());
        return Response.status(201)
                .header(SUBJECT, issued.secret())
                .header("Vary", "X-Auth-Token")
                .entity(view(uri, issued.token()))
                .build();
    }

    /** What a token says. HEAD does the same without the body. */
    @GET
    @Path("v3/auth/tokens")
    public Response validate(
            @Context UriInfo uri,
            @Context ContainerRequestContext request,
            @HeaderParam(SUBJECT) @Nullable String secret) {
        Subject subject = subject(request, secret);
        return Response.ok(view(uri, subject.token()))
                .header(SUBJECT, subject.secret())
                .header("Vary", "X-Auth-Token")
                .build();
    }

    /** Makes a token invalid. */
    @DELETE
    @Path("v3/auth/tokens")
    public void revoke(@Context ContainerRequestContext request, @HeaderParam(SUBJECT) @Nullable String secret) {
        identity.revoke(subject(request, secret).secret());
    }

    /** The services the caller's token is good for. */
    @GET
    @Path("v3/auth/catalog")
    public Map<String, Object> catalog(@Context UriInfo uri, @Context ContainerRequestContext request) {
        List<ServiceView> services = Authenticated.token(request).project().isPresent()
                ? ServiceView.catalog(BaseUri.of(uri), region)
                : List.of();
        return Map.of("catalog", services, "links", Views.listLinks(BaseUri.of(uri) + "/identity/v3/auth/catalog"));
    }

    /** The projects the caller could have a token for. */
    @GET
    @Path("v3/auth/projects")
    public Map<String, Object> projects(@Context UriInfo uri, @Context ContainerRequestContext request) {
        String base = BaseUri.of(uri);
        Token token = Authenticated.token(request);
        List<Views.ProjectView> projects = identity.projectsOf(token.user().id()).stream()
                .map(project -> Views.ProjectView.of(project, base))
                .toList();
        return Map.of("projects", projects, "links", Views.listLinks(base + "/identity/v3/auth/projects"));
    }

    private record Subject(String secret, Token token) {}

    /** The token asked about: one's own, or, for an administrator, anybody's. */
    private Subject subject(ContainerRequestContext request, @Nullable String secret) {
        if (secret == null || secret.isEmpty()) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "The header " + SUBJECT + " is missing.");
        }
        Token subject = identity.token(secret)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.NOT_FOUND, "The token asked about is unknown, expired or revoked."));
        Token caller = Authenticated.token(request);
        if (!caller.isAdmin() && !caller.user().equals(subject.user())) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "Only an administrator may ask about others' tokens.");
        }
        return new Subject(secret, subject);
    }

    private Map<String, Object> view(UriInfo uri, Token token) {
        return Map.of("token", TokenView.of(token, ServiceView.catalog(BaseUri.of(uri), region)));
    }
}
