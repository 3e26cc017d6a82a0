package org.tresccad.metadata;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.GuestEvent;
import org.tresccad.instance.GuestEvent.Kind;
import org.tresccad.instance.GuestEvents;
import org.tresccad.instance.Instance;
import org.tresccad.instance.Thaw;

/** What a guest is told of its standing still: what happened to it on this host, and how it came here. */
public final class GuestHistory {
    private final Arrivals arrivals;
    private final GuestEvents events;

    /** Wires it. */
    public GuestHistory(Arrivals arrivals, GuestEvents events) {
        this.arrivals = arrivals;
        this.events = events;
    }

    /** The events of {@code instance}, oldest first. */
    public List<GuestEvent> of(Instance instance) {
        List<GuestEvent> all = new ArrayList<>(events.of(instance.id()));
        for (Arrival arrival : arrivals.of(instance.epoch().lineage())) {
            arrival.thaw().ifPresent(thaw -> all.addAll(journey(arrival, thaw)));
        }
        all.sort(Comparator.comparingLong(GuestEvent::number));
        return all;
    }

    /** When {@code instance} last ran on here after it had stood still; empty when it never did. */
    public Optional<GuestEvent> lastThaw(Instance instance) {
        return of(instance).stream()
                .filter(event -> event.kind() == Kind.THAWED)
                .reduce((earlier, later) -> later);
    }

    /** The freeze elsewhere has the last number of the epoch before, which ended with it. */
    private static List<GuestEvent> journey(Arrival arrival, Thaw thaw) {
        long number = GuestEvents.first(arrival.epoch());
        return List.of(
                new GuestEvent(
                        number - 1,
                        Kind.FROZEN,
                        thaw.at().minus(thaw.gap()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(arrival.source())),
                new GuestEvent(
                        number,
                        Kind.THAWED,
                        thaw.at(),
                        Optional.empty(),
                        Optional.of(thaw.gap()),
                        Optional.of(arrival.source())));
    }
}
