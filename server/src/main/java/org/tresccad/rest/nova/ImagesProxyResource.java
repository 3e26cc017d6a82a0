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
import java.util.TreeMap;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.rest.nova.json.Times;

/** Images as Nova shows them, for clients that ask there; gone since 2.36, and read only. */
@Path("/compute/v2.1/images")
@Produces(MediaType.APPLICATION_JSON)
public final class ImagesProxyResource {
    private static final int GONE_SINCE = 36;

    private final Images images;

    ImagesProxyResource(Images images) {
        this.images = images;
    }

    /** A list of names. */
    @GET
    public ObjectNode list(@Context ContainerRequestContext context) {
        return page(NovaRequest.of(context).before(GONE_SINCE), "images", false);
    }

    /** A list with everything. */
    @GET
    @Path("detail")
    public ObjectNode detail(@Context ContainerRequestContext context) {
        return page(NovaRequest.of(context).before(GONE_SINCE), "images/detail", true);
    }

    /** One. */
    @GET
    @Path("{id}")
    public ObjectNode show(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context).before(GONE_SINCE);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("image", view(request, get(request, id), true));
        return body;
    }

    /** One's properties. */
    @GET
    @Path("{id}/metadata")
    public ObjectNode metadata(@Context ContainerRequestContext context, @PathParam("id") String id) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode metadata = body.putObject("metadata");
        new TreeMap<>(get(NovaRequest.of(context).before(GONE_SINCE), id).properties()).forEach(metadata::put);
        return body;
    }

    private ObjectNode page(NovaRequest request, String path, boolean isDetailed) {
        List<Image> matching = images.list(request.caller()).stream()
                .filter(image -> request.query()
                        .getOrDefault("name", List.of(image.name()))
                        .contains(image.name()))
                .filter(image -> request.query()
                        .getOrDefault("status", List.of(status(image)))
                        .contains(status(image)))
                .toList();
        Page<Image> page =
                Page.of(matching, request.query(), image -> image.id().toString());
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("images");
        page.items().forEach(image -> list.add(view(request, image, isDetailed)));
        page.next().ifPresent(query -> body.set("images_links", request.links().next(path + "?" + query)));
        return body;
    }

    private Image get(NovaRequest request, String id) {
        return images.get(
                request.caller(),
                ImageId.parse(id).orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "Image not found.")));
    }

    private static ObjectNode view(NovaRequest request, Image image, boolean isDetailed) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", image.id().toString());
        view.put("name", image.name());
        view.set("links", request.links().selfAndBookmark("images/" + image.id()));
        if (isDetailed) {
            view.put("status", status(image));
            view.put("created", Times.seconds(image.createdAt()));
            view.put("updated", Times.seconds(image.updatedAt()));
            view.put("minDisk", image.minDiskGib());
            view.put("minRam", image.minRamMib());
            view.put("progress", status(image).equals("ACTIVE") ? 100 : 0);
            view.put("OS-EXT-IMG-SIZE:size", image.content().sizeBytes().orElse(0));
            ObjectNode metadata = view.putObject("metadata");
            new TreeMap<>(image.properties()).forEach(metadata::put);
        }
        return view;
    }

    private static String status(Image image) {
        return switch (image.status()) {
            case ACTIVE -> "ACTIVE";
            case QUEUED, SAVING, UPLOADING, IMPORTING -> "SAVING";
            case DEACTIVATED, KILLED -> "ERROR";
        };
    }
}
