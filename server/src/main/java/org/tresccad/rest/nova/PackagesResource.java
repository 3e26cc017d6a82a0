package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import java.util.Set;
import org.tresccad.image.ImageId;
import org.tresccad.instance.ArrivalKind;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Instances;
import org.tresccad.rest.nova.json.Fields;

/**
 * Two extensions: a server that becomes a package in the image service, and a package that becomes a server.
 *
 * <pre>{@code
 * POST /servers/{id}/save                                      -> 202 {"image_id": "..."}
 * POST /servers/restore {"image_id": "...", "name": "other"}   -> 202 {"server": {"id": "..."}}
 * POST /servers/restore {"image_id": "...", "clone": true}     -> 202 {"server": {"id": "..."}}
 * POST /servers/restore {"image_id": "...", "reclaim": "web"}  -> 202 {"server": {"id": "..."}}
 * }</pre>
 */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class PackagesResource {
    private final Servers servers;
    private final Instances instances;
    private final PackageRequests packages;

    PackagesResource(Servers servers, Instances instances, PackageRequests packages) {
        this.servers = servers;
        this.instances = instances;
        this.packages = packages;
    }

    /** Freezes a server into a package; it leaves the compute service once the package is complete. */
    @POST
    @Path("v2.1/servers/{id}/save")
    public Response save(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context);
        Instance instance = servers.get(request, id);
        ImageId image = packages.save(request.caller(), instance.id());
        servers.note(request, instance, "tresccad:save");
        return Response.accepted(JsonNodeFactory.instance.objectNode().put("image_id", image.toString()))
                .build();
    }

    /** Makes a server from a package and lets it go on where it was. */
    @POST
    @Path("v2.1/servers/restore")
    public Response restore(@Context ContainerRequestContext context, JsonNode body) {
        NovaRequest request = NovaRequest.of(context);
        Fields fields = Fields.of("body", body);
        fields.allowOnly(Set.of("image_id", "name", "clone", "reclaim"));
        ImageId image = ImageId.parse(fields.requiredText("image_id", 1, 36))
                .orElseThrow(() -> Fields.invalid("image_id", "is not the id of an image"));
        Optional<String> reclaimed = fields.name("reclaim");
        boolean isClone = fields.flag("clone").orElse(false);
        if (reclaimed.isPresent() && (isClone || fields.has("name"))) {
            throw Fields.invalid("reclaim", "goes with neither clone nor name");
        }
        ArrivalKind other = isClone ? ArrivalKind.CLONE : ArrivalKind.HANDOVER;
        InstanceId id = packages.restore(
                request.caller(),
                image,
                reclaimed.or(() -> fields.name("name")),
                reclaimed.isPresent() ? ArrivalKind.RECLAIM : other);
        Instance instance = instances.get(request.caller(), id);
        servers.note(request, instance, "tresccad:restore");
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.putObject("server").put("id", id.toString());
        return Response.accepted(answer).build();
    }
}
