package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import org.tresccad.rest.BaseUri;
import org.tresccad.rest.PublicRoute;
import org.tresccad.rest.nova.json.Links;
import org.tresccad.rest.nova.json.Microversion;

/**
 * Which versions of the compute API there are; clients ask before they log in. As in Nova, v2.0 is v2.1 without
 * microversions: {@link ProjectInPath} leads one to the other.
 */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
@PublicRoute
public final class VersionsResource {
    /** When 2.79 came to be: with Nova's release Train. */
    private static final String UPDATED = "2019-10-16T00:00:00Z";

    /** All versions, the oldest first. */
    @GET
    public ObjectNode versions(@Context UriInfo uri) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putArray("versions").add(old(uri)).add(version(uri));
        return body;
    }

    /** The version without microversions. */
    @GET
    @Path("v2")
    public ObjectNode withoutMicroversions(@Context UriInfo uri) {
        return single(old(uri), "2");
    }

    /** The version. */
    @GET
    @Path("v2.1")
    public ObjectNode current(@Context UriInfo uri) {
        return single(version(uri), "2.1");
    }

    private static ObjectNode single(ObjectNode version, String number) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        version.putArray("media-types")
                .addObject()
                .put("base", "application/json")
                .put("type", "application/vnd.openstack.compute+json;version=" + number);
        body.set("version", version);
        return body;
    }

    private static ObjectNode old(UriInfo uri) {
        ObjectNode version = JsonNodeFactory.instance.objectNode();
        version.put("id", "v2.0");
        version.put("status", "SUPPORTED");
        version.put("version", "");
        version.put("min_version", "");
        version.put("updated", "2011-01-21T11:33:21Z");
        version.putArray("links")
                .addObject()
                .put("rel", "self")
                .put("href", new Links(BaseUri.of(uri)).root() + "/v2/");
        return version;
    }

    private static ObjectNode version(UriInfo uri) {
        ObjectNode version = JsonNodeFactory.instance.objectNode();
        version.put("id", "v2.1");
        version.put("status", "CURRENT");
        version.put("version", Microversion.NEWEST.toString());
        version.put("min_version", Microversion.OLDEST.toString());
        version.put("updated", UPDATED);
        version.putArray("links").addObject().put("rel", "self").put("href", new Links(BaseUri.of(uri)).versionRoot());
        return version;
    }
}
