package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.util.List;
import org.tresccad.identity.Role;
import org.tresccad.rest.nova.json.Microversion;
import org.tresccad.rest.nova.json.Site;
import org.tresccad.rest.nova.json.Times;

/** The compute services: this one. For admins. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class ServicesResource {
    private final Site site;
    private final Clock clock;

    ServicesResource(Site site, Clock clock) {
        this.site = site;
        this.clock = clock;
    }

    /** All; {@code host} and {@code binary} filter. */
    @GET
    @Path("v2.1/os-services")
    public ObjectNode list(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        request.caller().require(Role.ADMIN);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("services");
        if (matches(request, "host", site.host()) && matches(request, "binary", "nova-compute")) {
            list.add(view(request.version()));
        }
        return body;
    }

    private ObjectNode view(Microversion version) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        if (version.isAtLeast(53)) {
            view.put("id", site.serviceId().toString());
        } else {
            view.put("id", 1);
        }
        view.put("binary", "nova-compute");
        view.put("host", site.host());
        view.put("zone", site.zone());
        view.put("status", "enabled");
        view.put("state", "up");
        view.put("updated_at", Times.micros(clock.instant()));
        view.putNull("disabled_reason");
        if (version.isAtLeast(11)) {
            view.put("forced_down", false);
        }
        return view;
    }

    private static boolean matches(NovaRequest request, String name, String value) {
        return request.query().getOrDefault(name, List.of(value)).contains(value);
    }
}
