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
import java.util.Optional;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.ProjectId;
import org.tresccad.network.Port;
import org.tresccad.rest.nova.json.ServerView;
import org.tresccad.rest.nova.json.Site;

/** A server's network card, in the several ways Nova shows it, and the volumes it has not. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class ServerNetworkResource {
    private final Servers servers;
    private final Site site;

    ServerNetworkResource(Servers servers, Site site) {
        this.servers = servers;
        this.site = site;
    }

    /** The addresses by network. */
    @GET
    @Path("v2.1/servers/{id}/ips")
    public ObjectNode addresses(@Context ContainerRequestContext context, @PathParam("id") String id) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("addresses", plainAddresses(NovaRequest.of(context), id));
        return body;
    }

    /** The addresses in one network. */
    @GET
    @Path("v2.1/servers/{id}/ips/{network}")
    public ObjectNode addresses(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("network") String name) {
        ObjectNode all = plainAddresses(NovaRequest.of(context), id);
        if (!all.has(name)) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "Network name not found");
        }
        return all;
    }

    /** The card. */
    @GET
    @Path("v2.1/servers/{id}/os-interface")
    public ObjectNode cards(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("interfaceAttachments");
        servers.subject(request, id).port().ifPresent(port -> list.add(card(request, port)));
        return body;
    }

    /** The card, by its port. */
    @GET
    @Path("v2.1/servers/{id}/os-interface/{port}")
    public ObjectNode card(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("port") String portId) {
        NovaRequest request = NovaRequest.of(context);
        Port port = servers.subject(request, id)
                .port()
                .filter(p -> p.id().toString().equals(portId))
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "The server has no such port."));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("interfaceAttachment", card(request, port));
        return body;
    }

    /** The one security group. */
    @GET
    @Path("v2.1/servers/{id}/os-security-groups")
    public ObjectNode securityGroups(@Context ContainerRequestContext context, @PathParam("id") String id) {
        ProjectId project = servers.get(NovaRequest.of(context), id).project();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putArray("security_groups").add(SecurityGroupsResource.view(project));
        return body;
    }

    /** No volumes: there is no block storage service here. */
    @GET
    @Path("v2.1/servers/{id}/os-volume_attachments")
    public ObjectNode volumes(@Context ContainerRequestContext context, @PathParam("id") String id) {
        servers.get(NovaRequest.of(context), id);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putArray("volumeAttachments");
        return body;
    }

    private ObjectNode plainAddresses(NovaRequest request, String id) {
        ServerView.Subject subject = servers.subject(request, id);
        Optional<Port> port = subject.port();
        return servers.view(request).addresses(port, true);
    }

    private ObjectNode card(NovaRequest request, Port port) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("port_id", port.id().toString());
        view.put("port_state", "ACTIVE");
        view.put("net_id", site.networkId().toString());
        view.put("mac_addr", port.mac().toString());
        view.putArray("fixed_ips")
                .addObject()
                .put("ip_address", port.address().toString())
                .put("subnet_id", site.subnetId().toString());
        if (request.version().isAtLeast(70)) {
            view.putNull("tag");
        }
        return view;
    }
}
