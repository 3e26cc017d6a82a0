package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.SortedSet;
import java.util.TreeSet;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.Annotations;
import org.tresccad.instance.InstanceId;
import org.tresccad.rest.nova.json.Fields;
import org.tresccad.rest.nova.json.Tags;

/** A server's tags; since 2.26. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class ServerTagsResource {
    private static final int SINCE = 26;

    private final Servers servers;
    private final Annotations annotations;

    ServerTagsResource(Servers servers, Annotations annotations) {
        this.servers = servers;
        this.annotations = annotations;
    }

    /** All. */
    @GET
    @Path("v2.1/servers/{id}/tags")
    public ObjectNode list(@Context ContainerRequestContext context, @PathParam("id") String id) {
        return wrapped(servers.subject(NovaRequest.of(context).since(SINCE), id)
                .annotation()
                .tags());
    }

    /** Replaces all. */
    @PUT
    @Path("v2.1/servers/{id}/tags")
    public ObjectNode replace(@Context ContainerRequestContext context, @PathParam("id") String id, JsonNode body) {
        NovaRequest request = NovaRequest.of(context).since(SINCE);
        InstanceId instance = servers.get(request, id).id();
        Fields fields = Fields.of("body", body);
        SortedSet<String> tags = Tags.of(fields.list("tags"));
        return wrapped(annotations
                .change(request.caller(), instance, note -> note.withTags(tags))
                .tags());
    }

    /** Removes all. */
    @DELETE
    @Path("v2.1/servers/{id}/tags")
    public Response clear(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context).since(SINCE);
        annotations.change(request.caller(), servers.get(request, id).id(), note -> note.withTags(new TreeSet<>()));
        return Response.noContent().build();
    }

    /** Whether it has the tag: 204 or 404. */
    @GET
    @Path("v2.1/servers/{id}/tags/{tag}")
    public Response check(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("tag") String tag) {
        require(
                servers.subject(NovaRequest.of(context).since(SINCE), id)
                        .annotation()
                        .tags(),
                tag);
        return Response.noContent().build();
    }

    /** Adds one: 201 when it is new, 204 when it was there. */
    @PUT
    @Path("v2.1/servers/{id}/tags/{tag}")
    public Response add(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("tag") String tag) {
        NovaRequest request = NovaRequest.of(context).since(SINCE);
        if (servers.subject(request, id).annotation().tags().contains(Tags.checked(tag))) {
            return Response.noContent().build();
        }
        annotations.change(request.caller(), Servers.id(id), note -> {
            SortedSet<String> tags = new TreeSet<>(note.tags());
            tags.add(tag);
            return note.withTags(Tags.atMost(tags));
        });
        URI location = context.getUriInfo().getRequestUri();
        return Response.created(location).build();
    }

    /** Removes one. */
    @DELETE
    @Path("v2.1/servers/{id}/tags/{tag}")
    public Response remove(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("tag") String tag) {
        NovaRequest request = NovaRequest.of(context).since(SINCE);
        annotations.change(request.caller(), servers.get(request, id).id(), note -> {
            require(note.tags(), tag);
            SortedSet<String> tags = new TreeSet<>(note.tags());
            tags.remove(tag);
            return note.withTags(tags);
        });
        return Response.noContent().build();
    }

    private static void require(SortedSet<String> tags, String tag) {
        if (!tags.contains(tag)) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "The server has no tag '" + tag + "'.");
        }
    }

    private static ObjectNode wrapped(SortedSet<String> tags) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("tags");
        tags.forEach(list::add);
        return body;
    }
}
