package org.tresccad.rest.glance;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.tresccad.rest.BaseUri;
import org.tresccad.rest.PublicRoute;

/** Which versions of Glance's API there are: those a Glance with one store announces. */
@Path("/image")
@PublicRoute
@Produces(MediaType.APPLICATION_JSON)
public final class GlanceVersionResource {
    private static final String CURRENT = "v2.9";
    private static final List<String> OLDER = List.of("v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0");

    /** At the root Glance answers with 300. */
    @GET
    public Response choices(@Context UriInfo uri) {
        return Response.status(300).entity(body(uri)).build();
    }

    /** The same with 200, for glanceclient. */
    @GET
    @Path("versions")
    public Map<String, Object> versions(@Context UriInfo uri) {
        return body(uri);
    }

    /** Where the versions' links lead. */
    @GET
    @Path("v2")
    public Map<String, Object> v2(@Context UriInfo uri) {
        return body(uri);
    }

    private static Map<String, Object> body(UriInfo uri) {
        String href = BaseUri.of(uri) + "/image/v2/";
        return Map.of(
                "versions",
                Stream.concat(
                                Stream.of(version(CURRENT, "CURRENT", href)),
                                OLDER.stream().map(id -> version(id, "SUPPORTED", href)))
                        .toList());
    }

    private static Map<String, Object> version(String id, String status, String href) {
        return Map.of("id", id, "status", status, "links", List.of(Map.of("rel", "self", "href", href)));
    }
}
