package org.tresccad.rest;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.Map;

/** What somebody sees who asks for the root: {@code {"identity": "http://.../identity/v3", ...}}. */
@Path("/")
@PublicRoute
@Produces(MediaType.APPLICATION_JSON)
public final class RootResource {
    /** Where the APIs are. */
    @GET
    public Map<String, String> root(@Context UriInfo uri) {
        String base = BaseUri.of(uri);
        return Map.of(
                "identity", base + "/identity/v3", "compute", base + "/compute/v2.1", "image", base + "/image/v2");
    }
}
