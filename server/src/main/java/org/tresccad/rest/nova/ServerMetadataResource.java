package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.EditInstance;
import org.tresccad.instance.Instance;
import org.tresccad.rest.nova.json.Fields;

/** A server's metadata. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class ServerMetadataResource {
    private final Servers servers;
    private final EditInstance editing;

    ServerMetadataResource(Servers servers, EditInstance editing) {
        this.servers = servers;
        this.editing = editing;
    }

    /** All. */
    @GET
    @Path("v2.1/servers/{id}/metadata")
    public ObjectNode list(@Context ContainerRequestContext context, @PathParam("id") String id) {
        return wrapped("metadata", servers.get(NovaRequest.of(context), id).metadata());
    }

    /** Adds some, or gives them other values. */
    @POST
    @Path("v2.1/servers/{id}/metadata")
    public ObjectNode add(@Context ContainerRequestContext context, @PathParam("id") String id, JsonNode body) {
        Map<String, String> added = parse(body);
        return wrapped("metadata", edit(context, id, old -> {
            Map<String, String> all = new TreeMap<>(old);
            all.putAll(added);
            return all;
        }));
    }

    /** Replaces all. */
    @PUT
    @Path("v2.1/servers/{id}/metadata")
    public ObjectNode replace(@Context ContainerRequestContext context, @PathParam("id") String id, JsonNode body) {
        Map<String, String> all = parse(body);
        return wrapped("metadata", edit(context, id, old -> all));
    }

    /** One. */
    @GET
    @Path("v2.1/servers/{id}/metadata/{key}")
    public ObjectNode show(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("key") String key) {
        Map<String, String> all = servers.get(NovaRequest.of(context), id).metadata();
        return wrapped("meta", Map.of(key, value(all, key)));
    }

    /** Gives one another value. */
    @PUT
    @Path("v2.1/servers/{id}/metadata/{key}")
    public ObjectNode set(
            @Context ContainerRequestContext context,
            @PathParam("id") String id,
            @PathParam("key") String key,
            JsonNode body) {
        Map<String, String> meta = Fields.of("body", body)
                .strings("meta")
                .orElseThrow(() -> Fields.invalid("meta", "is a required property"));
        if (meta.size() != 1 || !meta.containsKey(key)) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "Request body and URI mismatch");
        }
        edit(context, id, old -> {
            Map<String, String> all = new TreeMap<>(old);
            all.putAll(meta);
            return all;
        });
        return wrapped("meta", meta);
    }

    /** Removes one. */
    @DELETE
    @Path("v2.1/servers/{id}/metadata/{key}")
    public Response remove(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("key") String key) {
        edit(context, id, old -> {
            value(old, key);
            Map<String, String> all = new TreeMap<>(old);
            all.remove(key);
            return all;
        });
        return Response.noContent().build();
    }

    private Map<String, String> edit(
            ContainerRequestContext context, String id, UnaryOperator<Map<String, String>> change) {
        NovaRequest request = NovaRequest.of(context);
        Instance instance = servers.get(request, id);
        return editing.setMetadata(request.caller(), instance.id(), change).metadata();
    }

    private static Map<String, String> parse(JsonNode body) {
        return Fields.of("body", body)
                .strings("metadata")
                .orElseThrow(() -> Fields.invalid("metadata", "is a required property"));
    }

    private static String value(Map<String, String> all, String key) {
        if (!all.containsKey(key)) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "Metadata item was not found");
        }
        return all.getOrDefault(key, "");
    }

    private static ObjectNode wrapped(String name, Map<String, String> map) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode inner = body.putObject(name);
        new TreeMap<>(map).forEach(inner::put);
        return body;
    }
}
