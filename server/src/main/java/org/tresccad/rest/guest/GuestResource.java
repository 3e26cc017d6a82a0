package org.tresccad.rest.guest;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.tresccad.instance.Instance;
import org.tresccad.instance.TaskState;
import org.tresccad.metadata.GuestHistory;
import org.tresccad.metadata.Location;
import org.tresccad.rest.Json;
import org.tresccad.rest.guest.json.IndexView;
import org.tresccad.rest.guest.json.InstanceView;

/** What tresccad tells a guest about itself. */
@Path("tresccad/v1")
public final class GuestResource {
    private final Location location;
    private final GuestHistory history;

    /** Wires it. */
    public GuestResource(Location location, GuestHistory history) {
        this.location = location;
        this.history = history;
    }

    /** What there is. */
    @GET
    public Response index() {
        return json(new IndexView("v1", List.of("destinations", "events", "instance", "migrations")));
    }

    /** Who and where the guest is. */
    @GET
    @Path("instance")
    public Response instance(@Context ContainerRequestContext request) {
        Instance instance = CallingGuest.of(request).instance();
        return json(new InstanceView(
                instance.id().toString(),
                instance.name(),
                instance.epoch().lineage().toString(),
                instance.epoch().number(),
                instance.status().name(),
                instance.task().map(TaskState::wireName),
                new InstanceView.Place(location.host(), location.region(), location.zone()),
                thawed(instance)));
    }

    private Optional<InstanceView.Thawed> thawed(Instance instance) {
        return history.lastThaw(instance)
                .map(event -> new InstanceView.Thawed(
                        Json.seconds(event.at()),
                        event.gap().map(Duration::toMillis).orElse(0L) / 1e3));
    }

    private static Response json(Object document) {
        return Response.ok(document, MediaType.APPLICATION_JSON_TYPE).build();
    }
}
