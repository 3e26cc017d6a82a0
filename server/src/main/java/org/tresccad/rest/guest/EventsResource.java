package org.tresccad.rest.guest;

import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.tresccad.handover.Lineage;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.Arrivals;
import org.tresccad.job.Changes;
import org.tresccad.metadata.GuestCaller;
import org.tresccad.metadata.Location;
import org.tresccad.rest.Json;
import org.tresccad.rest.guest.json.EventsView;

/** What happened to a guest: that it ran on, and how long it stood still. */
@Path("tresccad/v1/events")
public final class EventsResource {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Arrivals arrivals;
    private final Changes changes;
    private final Location here;
    private final Semaphore places;
    private final Set<Lineage> waiting = ConcurrentHashMap.newKeySet();

    /**
     * Wires it.
     *
     * @param places how many requests may wait at once; each holds a thread of the listener
     */
    public EventsResource(Arrivals arrivals, Changes changes, Location here, int places) {
        this.arrivals = arrivals;
        this.changes = changes;
        this.here = here;
        this.places = new Semaphore(places);
    }

    /**
     * The events of the guest that this host knows, oldest first.
     *
     * @param after only those of a higher number
     * @param waitSeconds for how long the answer may wait for the first of them, 30 at the most. One request of a guest
     *     waits at a time, and no more than there are places: any other is answered at once
     */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public EventsView events(
            @Context ContainerRequestContext request,
            @QueryParam("after") @DefaultValue("-1") long after,
            @QueryParam("wait") @DefaultValue("0") long waitSeconds)
            throws InterruptedException {
        GuestCaller guest = CallingGuest.of(request);
        Lineage lineage = guest.lineage();
        long seconds = Math.max(0, Math.min(waitSeconds, LONGEST_WAIT.toSeconds()));
        if (seconds == 0 || !waiting.add(lineage)) {
            return new EventsView(of(lineage, after));
        }
        try {
            return new EventsView(await(lineage, after, Duration.ofSeconds(seconds)));
        } finally {
            waiting.remove(lineage);
        }
    }

    private List<EventsView.Event> await(Lineage lineage, long after, Duration patience) throws InterruptedException {
        if (!places.tryAcquire()) {
            return of(lineage, after);
        }
        try {
            return changes.await(() -> Optional.of(of(lineage, after)).filter(events -> !events.isEmpty()), patience)
                    .orElse(List.of());
        } finally {
            places.release();
        }
    }

    private List<EventsView.Event> of(Lineage lineage, long after) {
        return arrivals.of(lineage).stream()
                .filter(arrival -> arrival.epoch().number() > after)
                .sorted(Comparator.comparingLong(arrival -> arrival.epoch().number()))
                .flatMap(this::event)
                .toList();
    }

    private Stream<EventsView.Event> event(Arrival arrival) {
        return arrival.thaw().stream()
                .map(thaw -> new EventsView.Event(
                        arrival.epoch().number(),
                        "thawed",
                        Json.seconds(thaw.at()),
                        thaw.gap().toMillis() / 1e3,
                        arrival.source(),
                        here.host()));
    }
}
