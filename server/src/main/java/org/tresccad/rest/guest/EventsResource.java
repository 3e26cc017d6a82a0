package org.tresccad.rest.guest;

import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.tresccad.instance.GuestEvent;
import org.tresccad.instance.GuestEvent.Departure;
import org.tresccad.instance.GuestEvent.Kind;
import org.tresccad.instance.GuestListeners;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.job.Changes;
import org.tresccad.metadata.GuestHistory;
import org.tresccad.metadata.Location;
import org.tresccad.rest.Json;
import org.tresccad.rest.guest.json.EventsView;

/** What happens to a guest: that it is about to be frozen, that it ran on, and how long it stood still. */
@Path("tresccad/v1/events")
public final class EventsResource {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofSeconds(1);

    private final GuestHistory history;
    private final GuestListeners listeners;
    private final Changes changes;
    private final Location here;
    private final Semaphore places;
    private final Set<InstanceId> waiting = ConcurrentHashMap.newKeySet();

    /**
     * Wires it.
     *
     * @param places how many requests may wait at once; each holds a thread of the listener
     */
    public EventsResource(GuestHistory history, GuestListeners listeners, Changes changes, Location here, int places) {
        this.history = history;
        this.listeners = listeners;
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
    public Response events(
            @Context ContainerRequestContext request,
            @QueryParam("after") @DefaultValue("-1") long after,
            @QueryParam("wait") @DefaultValue("0") long waitSeconds)
            throws InterruptedException {
        Instance guest = CallingGuest.of(request).instance();
        GuestListeners.Request listening = listeners.open(guest.id());
        CallingGuest.connection(request).addAfterServiceListener(done -> listening.close());
        if (isStopping(guest, after)) {
            throw new TooManyRequests("This guest is about to be frozen; ask again when it runs on.", SOON);
        }
        long seconds = Math.max(0, Math.min(waitSeconds, LONGEST_WAIT.toSeconds()));
        List<GuestEvent> events = await(guest, after, Duration.ofSeconds(seconds));
        Response.ResponseBuilder answer =
                Response.ok(new EventsView(events.stream().map(this::view).toList()), MediaType.APPLICATION_JSON_TYPE);
        if (endsFrozen(events)) {
            // Of no use where the guest goes on.
            answer.header("Connection", "close");
        }
        return answer.build();
    }

    private List<GuestEvent> await(Instance guest, long after, Duration patience) throws InterruptedException {
        if (patience.isZero() || !waiting.add(guest.id())) {
            return of(guest, after);
        }
        try {
            return places.tryAcquire() ? awaitInPlace(guest, after, patience) : of(guest, after);
        } finally {
            waiting.remove(guest.id());
        }
    }

    private List<GuestEvent> awaitInPlace(Instance guest, long after, Duration patience) throws InterruptedException {
        try {
            return changes.await(() -> Optional.of(of(guest, after)).filter(events -> !events.isEmpty()), patience)
                    .orElse(List.of());
        } finally {
            places.release();
        }
    }

    /** A wait that begins now would have no end: its host stays behind. */
    private boolean isStopping(Instance guest, long after) {
        List<GuestEvent> all = guest.task().isPresent() ? history.of(guest) : List.of();
        return endsFrozen(all) && all.get(all.size() - 1).number() <= after;
    }

    private static boolean endsFrozen(List<GuestEvent> events) {
        return !events.isEmpty() && events.get(events.size() - 1).kind() == Kind.FROZEN;
    }

    private List<GuestEvent> of(Instance guest, long after) {
        return history.of(guest).stream()
                .filter(event -> event.number() > after)
                .toList();
    }

    private EventsView.Event view(GuestEvent event) {
        boolean hasPlaces = event.kind() == Kind.THAWED || event.kind() == Kind.FROZEN;
        return new EventsView.Event(
                event.number(),
                event.kind().wireName(),
                Json.seconds(event.at()),
                event.departure().map(departure -> departure.cause().wireName()),
                event.departure().flatMap(Departure::destination),
                event.departure().map(departure -> Json.seconds(departure.deadline())),
                event.gap().map(gap -> gap.toMillis() / 1e3),
                hasPlaces ? event.source().or(() -> Optional.of(here.host())) : Optional.empty(),
                event.kind() == Kind.THAWED ? Optional.of(here.host()) : Optional.empty());
    }
}
