package org.tresccad.rest.guest;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import org.tresccad.metadata.Ec2Metadata;

/** {@code /}: the versions of EC2's metadata, as EC2 and Nova list them. */
@Path("/")
public final class RootResource {
    /** A line each. */
    @GET
    public Response versions() {
        return Text.ok(String.join("\n", Ec2Metadata.VERSIONS));
    }
}
