package org.tresccad.rest.glance;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tresccad.identity.Caller;
import org.tresccad.image.Image;
import org.tresccad.image.ImageImports;
import org.tresccad.image.StoredImages;
import org.tresccad.job.Progress;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.glance.json.ImportRequest;
import org.tresccad.rest.glance.json.TaskView;

/** Imports: data that images fetch by themselves. */
@Path("/image")
@Produces(MediaType.APPLICATION_JSON)
public final class ImportResource {
    /** The methods there are. */
    static final List<String> METHODS = List.of("glance-direct", "web-download", "glance-download");

    private final StoredImages images;
    private final ImageImports imports;

    /** Over {@code imports} into {@code images}. */
    public ImportResource(StoredImages images, ImageImports imports) {
        this.images = images;
        this.imports = imports;
    }

    /** Which methods there are. */
    @GET
    @Path("v2/info/import")
    public Map<String, Object> methods() {
        return Map.of(
                "import-methods",
                Map.of("description", "Import methods available.", "type", "array", "value", METHODS));
    }

    /** Begins an import. */
    @POST
    @Path("v2/images/{id}/import")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response begin(@Context ContainerRequestContext request, @PathParam("id") String id, ImportRequest body) {
        imports.begin(Authenticated.caller(request), ImagePaths.id(id), body.parsed());
        return Response.accepted().build();
    }

    /** The import that is running for an image, with how far it is. */
    @GET
    @Path("v2/images/{id}/tasks")
    public Map<String, Object> tasks(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Caller caller = Authenticated.caller(request);
        Image image = images.get(caller, ImagePaths.id(id));
        Optional<Progress> progress = imports.progress(image.id());
        return Map.of(
                "tasks",
                progress.map(known -> List.of(TaskView.of(image, known))).orElse(List.of()));
    }
}
