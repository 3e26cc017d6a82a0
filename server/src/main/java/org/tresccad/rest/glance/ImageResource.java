package org.tresccad.rest.glance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageNotFound;
import org.tresccad.image.StoredImages;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.BaseUri;
import org.tresccad.rest.glance.json.ImageForm;
import org.tresccad.rest.glance.json.ImagePatch;
import org.tresccad.rest.glance.json.ImageView;

/** Images' records. */
@Path("/image")
@Produces(MediaType.APPLICATION_JSON)
public final class ImageResource {
    private static final String PATCH_2_1 = "application/openstack-images-v2.1-json-patch";
    private static final String PATCH_2_0 = "application/openstack-images-v2.0-json-patch";

    private final StoredImages images;

    /** Over {@code images}. */
    public ImageResource(StoredImages images) {
        this.images = images;
    }

    /** Makes a queued image. */
    @POST
    @Path("v2/images")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response create(@Context UriInfo uri, @Context ContainerRequestContext request, JsonNode body) {
        Image image =
                images.create(Authenticated.caller(request), ImageForm.of(body).filled());
        return Response.created(URI.create(BaseUri.of(uri) + "/image/v2/images/" + image.id()))
                .header("OpenStack-image-import-methods", String.join(",", ImportResource.METHODS))
                .entity(ImageView.of(image))
                .build();
    }

    /** A page of the images in the caller's lists. */
    @GET
    @Path("v2/images")
    public ObjectNode list(@Context UriInfo uri, @Context ContainerRequestContext request) {
        Caller caller = Authenticated.caller(request);
        ImageQuery query = ImageQuery.parse(uri.getQueryParameters());
        List<Image> found = new ArrayList<>(images.list(caller, query.visibility(), query.membership()));
        found.removeIf(query.matches().negate());
        found.sort(query.order());
        query.marker().ifPresent(marker -> {
            Image last = markedBy(caller, marker);
            found.removeIf(image -> query.order().compare(image, last) <= 0);
        });
        List<Image> page = found.subList(0, Math.min(query.limit(), found.size()));
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.putArray("images").addAll(page.stream().map(ImageView::of).toList());
        view.put("schema", "/v2/schemas/images");
        view.put("first", link(uri.getQueryParameters(), ""));
        if (page.size() < found.size() && !page.isEmpty()) {
            view.put(
                    "next",
                    link(
                            uri.getQueryParameters(),
                            page.get(page.size() - 1).id().toString()));
        }
        return view;
    }

    /** One image. */
    @GET
    @Path("v2/images/{id}")
    public ObjectNode show(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return ImageView.of(images.get(Authenticated.caller(request), ImagePaths.id(id)));
    }

    /** Changes an image. Plain JSON is taken too: openstack4j sends it although Glance does not read it. */
    @PATCH
    @Path("v2/images/{id}")
    @Consumes({PATCH_2_1, PATCH_2_0, MediaType.APPLICATION_JSON})
    public ObjectNode update(@Context ContainerRequestContext request, @PathParam("id") String id, JsonNode body) {
        Caller caller = Authenticated.caller(request);
        return ImageView.of(images.update(caller, ImagePaths.id(id), ImagePatch.parse(body)::applyTo));
    }

    /** Deletes an image. */
    @DELETE
    @Path("v2/images/{id}")
    public void delete(@Context ContainerRequestContext request, @PathParam("id") String id) {
        images.delete(Authenticated.caller(request), ImagePaths.id(id));
    }

    /** Puts a tag on an image. */
    @PUT
    @Path("v2/images/{id}/tags/{tag}")
    public void tag(
            @Context ContainerRequestContext request, @PathParam("id") String id, @PathParam("tag") String tag) {
        images.tag(Authenticated.caller(request), ImagePaths.id(id), tag);
    }

    /** Takes a tag off an image. */
    @DELETE
    @Path("v2/images/{id}/tags/{tag}")
    public void untag(
            @Context ContainerRequestContext request, @PathParam("id") String id, @PathParam("tag") String tag) {
        images.untag(Authenticated.caller(request), ImagePaths.id(id), tag);
    }

    /** Forbids downloads. */
    @POST
    @Path("v2/images/{id}/actions/deactivate")
    public void deactivate(@Context ContainerRequestContext request, @PathParam("id") String id) {
        images.deactivate(Authenticated.caller(request), ImagePaths.id(id));
    }

    /** Allows downloads again. */
    @POST
    @Path("v2/images/{id}/actions/reactivate")
    public void reactivate(@Context ContainerRequestContext request, @PathParam("id") String id) {
        images.reactivate(Authenticated.caller(request), ImagePaths.id(id));
    }

    private Image markedBy(Caller caller, ImageId marker) {
        try {
            return images.get(caller, marker);
        } catch (ImageNotFound e) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "The marker is not an image you can see.", e);
        }
    }

    /** The same list from another image on, relative to the service, as Glance writes it. */
    private static String link(MultivaluedMap<String, String> parameters, String marker) {
        List<String> query = new ArrayList<>();
        parameters.forEach((key, values) -> {
            if (!key.equals("marker")) {
                values.forEach(value -> query.add(encoded(key) + "=" + encoded(value)));
            }
        });
        if (!marker.isEmpty()) {
            query.add("marker=" + marker);
        }
        return "/v2/images" + (query.isEmpty() ? "" : "?" + String.join("&", query));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
