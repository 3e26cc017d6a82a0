package org.tresccad.rest.glance;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.tresccad.rest.Json;

/** JSON schemas of the things in this API; the columns and options of {@code glance} come from them. */
@Path("/image")
@Produces(MediaType.APPLICATION_JSON)
public final class SchemaResource {
    private final Map<String, JsonNode> schemas = List.of("image", "images", "member", "members").stream()
            .collect(Collectors.toUnmodifiableMap(Function.identity(), SchemaResource::load));

    /** The schema of that name. */
    @GET
    @Path("v2/schemas/{name}")
    public JsonNode schema(@PathParam("name") String name) {
        JsonNode schema = schemas.get(name);
        if (schema == null) {
            throw new NotFoundException();
        }
        return schema;
    }

    private static JsonNode load(String name) {
        try (InputStream in = SchemaResource.class.getResourceAsStream("schema/" + name + ".json")) {
            return Json.mapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
