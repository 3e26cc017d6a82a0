package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import org.tresccad.identity.Role;
import org.tresccad.rest.nova.json.Site;
import org.tresccad.rest.nova.json.Times;

/** The one availability zone. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class AvailabilityZonesResource {
    private final Site site;
    private final Clock clock;

    AvailabilityZonesResource(Site site, Clock clock) {
        this.site = site;
        this.clock = clock;
    }

    /** Its name. */
    @GET
    @Path("v2.1/os-availability-zone")
    public ObjectNode list() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        zone(body).putNull("hosts");
        return body;
    }

    /** With its host; for admins. */
    @GET
    @Path("v2.1/os-availability-zone/detail")
    public ObjectNode detail(@Context ContainerRequestContext context) {
        NovaRequest.of(context).caller().require(Role.ADMIN);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        zone(body)
                .putObject("hosts")
                .putObject(site.host())
                .putObject("nova-compute")
                .put("available", true)
                .put("active", true)
                .put("updated_at", Times.micros(clock.instant()));
        return body;
    }

    private ObjectNode zone(ObjectNode body) {
        ObjectNode zone = body.putArray("availabilityZoneInfo").addObject();
        zone.put("zoneName", site.zone());
        zone.putObject("zoneState").put("available", true);
        return zone;
    }
}
