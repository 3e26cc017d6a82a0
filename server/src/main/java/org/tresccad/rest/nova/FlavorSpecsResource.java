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
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.Flavors;
import org.tresccad.rest.nova.json.Fields;

/** A flavor's extra specs; everyone reads them, admins change them. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class FlavorSpecsResource {
    private final Flavors flavors;

    /** Over the host's flavors. */
    public FlavorSpecsResource(Flavors flavors) {
        this.flavors = flavors;
    }

    /** All. */
    @GET
    @Path("v2.1/flavors/{id}/os-extra_specs")
    public ObjectNode list(@Context ContainerRequestContext context, @PathParam("id") String id) {
        return wrapped(flavors.get(NovaRequest.of(context).caller(), id).extraSpecs());
    }

    /** One. */
    @GET
    @Path("v2.1/flavors/{id}/os-extra_specs/{key}")
    public Map<String, String> show(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("key") String key) {
        return Map.of(
                key, value(flavors.get(NovaRequest.of(context).caller(), id).extraSpecs(), key));
    }

    /** Adds some, or gives them other values. */
    @POST
    @Path("v2.1/flavors/{id}/os-extra_specs")
    public ObjectNode add(@Context ContainerRequestContext context, @PathParam("id") String id, JsonNode body) {
        NovaRequest request = NovaRequest.of(context);
        Fields fields = Fields.of("body", body);
        fields.allowOnly(Set.of("extra_specs"));
        Map<String, String> added =
                fields.strings("extra_specs").orElseThrow(() -> Fields.invalid("extra_specs", "is required"));
        Map<String, String> all = current(request, id);
        all.putAll(added);
        flavors.setExtraSpecs(request.caller(), id, all);
        return wrapped(added);
    }

    /** Gives one another value. */
    @PUT
    @Path("v2.1/flavors/{id}/os-extra_specs/{key}")
    public Map<String, String> set(
            @Context ContainerRequestContext context,
            @PathParam("id") String id,
            @PathParam("key") String key,
            JsonNode body) {
        NovaRequest request = NovaRequest.of(context);
        Fields fields = Fields.of("body", body);
        fields.allowOnly(Set.of(key));
        String value = fields.requiredText(key, 0, 255);
        Map<String, String> all = current(request, id);
        all.put(key, value);
        flavors.setExtraSpecs(request.caller(), id, all);
        return Map.of(key, value);
    }

    /** Removes one. */
    @DELETE
    @Path("v2.1/flavors/{id}/os-extra_specs/{key}")
    public Response remove(
            @Context ContainerRequestContext context, @PathParam("id") String id, @PathParam("key") String key) {
        NovaRequest request = NovaRequest.of(context);
        Map<String, String> all = current(request, id);
        value(all, key);
        all.remove(key);
        flavors.setExtraSpecs(request.caller(), id, all);
        return Response.ok().build();
    }

    private Map<String, String> current(NovaRequest request, String id) {
        return new TreeMap<>(flavors.get(request.caller(), id).extraSpecs());
    }

    private static String value(Map<String, String> specs, String key) {
        @Nullable String value = specs.get(key);
        return Optional.ofNullable(value)
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "The flavor has no extra spec " + key));
    }

    private static ObjectNode wrapped(Map<String, String> specs) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode inner = body.putObject("extra_specs");
        new TreeMap<>(specs).forEach(inner::put);
        return body;
    }
}
