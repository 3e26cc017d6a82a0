package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.network.Network;
import org.tresccad.rest.nova.json.Site;

/** The guest network, for clients that look for one without a network service; gone since 2.36. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class TenantNetworksResource {
    private static final int GONE_SINCE = 36;

    private final Network network;
    private final Site site;

    TenantNetworksResource(Network network, Site site) {
        this.network = network;
        this.site = site;
    }

    /** All: one. */
    @GET
    @Path("v2.1/os-tenant-networks")
    public ObjectNode list(@Context ContainerRequestContext context) {
        NovaRequest.of(context).before(GONE_SINCE);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("networks");
        list.add(view());
        return body;
    }

    /** One. */
    @GET
    @Path("v2.1/os-tenant-networks/{id}")
    public ObjectNode show(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest.of(context).before(GONE_SINCE);
        if (!site.networkId().toString().equals(id)) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "Network not found");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("network", view());
        return body;
    }

    private ObjectNode view() {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", site.networkId().toString());
        view.put("label", site.networkName());
        view.put("cidr", network.guestNetwork().subnet().toString());
        return view;
    }
}
