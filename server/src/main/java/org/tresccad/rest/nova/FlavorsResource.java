package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import org.tresccad.instance.Flavor;
import org.tresccad.instance.Flavors;
import org.tresccad.rest.nova.json.Fields;
import org.tresccad.rest.nova.json.FlavorView;

/** Flavors. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class FlavorsResource {
    private static final Map<String, Comparator<Flavor>> ORDERS = Map.of(
            "flavorid", Comparator.comparing(Flavor::id),
            "id", Comparator.comparing(Flavor::id),
            "name", Comparator.comparing(Flavor::name),
            "memory_mb", Comparator.comparing(Flavor::memoryMib),
            "vcpus", Comparator.comparing(Flavor::vcpus),
            "root_gb", Comparator.comparing(Flavor::diskGib),
            "is_public", Comparator.comparing(Flavor::isPublic));

    private final Flavors flavors;

    /** Over the host's flavors. */
    public FlavorsResource(Flavors flavors) {
        this.flavors = flavors;
    }

    /** A list of names. */
    @GET
    @Path("v2.1/flavors")
    public ObjectNode list(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        return page(request, "flavors", (flavor, r) -> FlavorView.brief(flavor, r.version(), r.links()));
    }

    /** A list with everything. */
    @GET
    @Path("v2.1/flavors/detail")
    public ObjectNode detail(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        return page(request, "flavors/detail", (flavor, r) -> FlavorView.detail(flavor, r.version(), r.links()));
    }

    /** One. */
    @GET
    @Path("v2.1/flavors/{id}")
    public ObjectNode show(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context);
        return wrapped(request, flavors.get(request.caller(), id));
    }

    /** Adds one; for admins. */
    @POST
    @Path("v2.1/flavors")
    public ObjectNode create(@Context ContainerRequestContext context, JsonNode body) {
        NovaRequest request = NovaRequest.of(context);
        Fields fields = Fields.under("flavor", body);
        fields.allowOnly(Set.of(
                "name",
                "id",
                "ram",
                "vcpus",
                "disk",
                "swap",
                "rxtx_factor",
                "description",
                "OS-FLV-EXT-DATA:ephemeral",
                "os-flavor-access:is_public"));
        refuseSecondDisks(fields);
        Flavor flavor = new Flavor(
                fields.text("id", 1, 255).filter(id -> !id.equals("auto")).orElseGet(() -> UUID.randomUUID()
                        .toString()),
                fields.name("name").orElseThrow(() -> Fields.invalid("name", "is a required property")),
                required(fields, "vcpus", 1, 256),
                required(fields, "ram", 1, Integer.MAX_VALUE),
                required(fields, "disk", 0, Integer.MAX_VALUE),
                fields.flag("os-flavor-access:is_public").orElse(true),
                Map.of());
        return wrapped(request, flavors.create(request.caller(), flavor));
    }

    /** Removes one; for admins. */
    @DELETE
    @Path("v2.1/flavors/{id}")
    public Response delete(@Context ContainerRequestContext context, @PathParam("id") String id) {
        flavors.delete(NovaRequest.of(context).caller(), id);
        return Response.accepted().build();
    }

    private ObjectNode page(NovaRequest request, String path, BiFunction<Flavor, NovaRequest, ObjectNode> view) {
        Page<Flavor> page = Page.of(matching(request), request.query(), Flavor::id);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("flavors");
        page.items().forEach(flavor -> list.add(view.apply(flavor, request)));
        page.next().ifPresent(query -> body.set("flavors_links", request.links().next(path + "?" + query)));
        return body;
    }

    private List<Flavor> matching(NovaRequest request) {
        Optional<Integer> minDisk = Page.number(request.query(), "minDisk");
        Optional<Integer> minRam = Page.number(request.query(), "minRam");
        Optional<Boolean> isPublic = isPublic(request);
        Optional<String> key = Optional.ofNullable(request.query().getFirst("sort_key"));
        Comparator<Flavor> order = key.map(name -> Optional.ofNullable(ORDERS.get(name))
                        .orElseThrow(() -> Fields.invalid("sort_key", "is not one that flavors can be sorted by")))
                .orElse(Comparator.comparing(Flavor::id));
        Optional<String> direction = Optional.ofNullable(request.query().getFirst("sort_dir"));
        boolean isDescending = direction
                .map(word -> word.toLowerCase(Locale.ROOT).equals("desc"))
                .orElse(false);
        return flavors.list(request.caller()).stream()
                .filter(flavor -> isPublic.isEmpty() || flavor.isPublic() == isPublic.get())
                .filter(flavor -> minDisk.isEmpty() || flavor.diskGib() >= minDisk.get())
                .filter(flavor -> minRam.isEmpty() || flavor.memoryMib() >= minRam.get())
                .sorted(isDescending ? order.reversed() : order)
                .toList();
    }

    /** Only an admin may ask for others than the public ones; the word {@code none} asks for all. */
    private static Optional<Boolean> isPublic(NovaRequest request) {
        Optional<String> word = Optional.ofNullable(request.query().getFirst("is_public"));
        if (!request.caller().isAdmin()) {
            return Optional.of(true);
        }
        return switch (word.orElse("true").toLowerCase(Locale.ROOT)) {
            case "none" -> Optional.empty();
            case "true", "t", "1", "yes", "y", "on" -> Optional.of(true);
            case "false", "f", "0", "no", "n", "off" -> Optional.of(false);
            default -> throw Fields.invalid("is_public", "is not a boolean");
        };
    }

    private static void refuseSecondDisks(Fields fields) {
        for (String field : List.of("swap", "OS-FLV-EXT-DATA:ephemeral")) {
            if (fields.number(field, 0).orElse(0) != 0) {
                throw Fields.invalid(field, "asks for a second disk; guests of this host have one");
            }
        }
    }

    private static int required(Fields fields, String field, int min, int max) {
        int value = fields.number(field, min).orElseThrow(() -> Fields.invalid(field, "is a required property"));
        if (value > max) {
            throw Fields.invalid(field, "is greater than the maximum of " + max);
        }
        return value;
    }

    private static ObjectNode wrapped(NovaRequest request, Flavor flavor) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("flavor", FlavorView.detail(flavor, request.version(), request.links()));
        return body;
    }
}
