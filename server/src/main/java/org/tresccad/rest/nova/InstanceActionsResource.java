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
import java.util.List;
import org.tresccad.instance.ActionLog;
import org.tresccad.instance.InstanceId;
import org.tresccad.rest.nova.json.ActionView;

/** What was asked of a server; from 2.21 on also of one that is gone. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class InstanceActionsResource {
    private final Servers servers;
    private final ActionLog log;

    InstanceActionsResource(Servers servers, ActionLog log) {
        this.servers = servers;
        this.log = log;
    }

    /** All, newest first. */
    @GET
    @Path("v2.1/servers/{id}/os-instance-actions")
    public ObjectNode list(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context);
        List<ActionLog.Entry> entries = log.list(request.caller(), known(request, id));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("instanceActions");
        if (!request.version().isAtLeast(58)) {
            entries.forEach(entry -> list.add(ActionView.listed(entry, request.version())));
            return body;
        }
        Page<ActionLog.Entry> page = Page.of(entries, request.query(), ActionLog.Entry::requestId);
        page.items().forEach(entry -> list.add(ActionView.listed(entry, request.version())));
        page.next()
                .ifPresent(query ->
                        body.set("links", request.links().next("servers/" + id + "/os-instance-actions?" + query)));
        return body;
    }

    /** One, by the id of the request. */
    @GET
    @Path("v2.1/servers/{id}/os-instance-actions/{request}")
    public ObjectNode show(
            @Context ContainerRequestContext context,
            @PathParam("id") String id,
            @PathParam("request") String requestId) {
        NovaRequest request = NovaRequest.of(context);
        ActionLog.Entry entry = log.get(request.caller(), known(request, id), requestId);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set(
                "instanceAction",
                ActionView.shown(entry, request.version(), request.caller().isAdmin()));
        return body;
    }

    private InstanceId known(NovaRequest request, String id) {
        InstanceId instance = Servers.id(id);
        boolean isRemembered = request.version().isAtLeast(21)
                && !log.list(request.caller(), instance).isEmpty();
        return isRemembered ? instance : servers.get(request, id).id();
    }
}
