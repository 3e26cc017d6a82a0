package org.tresccad.rest.identity;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import org.tresccad.rest.BaseUri;
import org.tresccad.rest.PublicRoute;

/** Which versions of Keystone's API there are. Every OpenStack command begins here. */
@Path("/identity")
@PublicRoute
@Produces(MediaType.APPLICATION_JSON)
public final class VersionResource {
    /** Every version, answered with 300 as Keystone does. */
    @GET
    public Response versions(@Context UriInfo uri) {
        return Response.status(300)
                .header("Location", BaseUri.of(uri) + "/identity/v3/")
                .entity(Map.of("versions", Map.of("values", List.of(version(uri)))))
                .build();
    }

    /** The one version. */
    @GET
    @Path("v3")
    public Map<String, Object> v3(@Context UriInfo uri) {
        return Map.of("version", version(uri));
    }

    private static Map<String, Object> version(UriInfo uri) {
        return Map.of(
                "id", "v3.14",
                "status", "stable",
                "updated", "2020-04-07T00:00:00Z",
                "links", List.of(Map.of("rel", "self", "href", BaseUri.of(uri) + "/identity/v3/")),
                "media-types",
                        List.of(Map.of(
                                "base", "application/json",
                                "type", "application/vnd.openstack.identity-v3+json")));
    }
}
