package org.tresccad.rest.guest;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.tresccad.identity.ProjectId;
import org.tresccad.migration.Destination;
import org.tresccad.migration.Destinations;

/**
 * What destinations answered, for a few seconds: guests can ask often, and must not be able to make this host knock at
 * others as often. Guests that ask at the same time share one round of questions.
 */
public final class RecentProbes {
    private static final Duration FRESH = Duration.ofSeconds(5);

    private final Destinations destinations;
    private final LongSupplier nanos;
    private final Map<ProjectId, Probed> projects = new ConcurrentHashMap<>();

    /** Asks {@code destinations}. */
    public RecentProbes(Destinations destinations) {
        this(destinations, System::nanoTime);
    }

    RecentProbes(Destinations destinations, LongSupplier nanos) {
        this.destinations = destinations;
        this.nanos = nanos;
    }

    /** The destinations of {@code project} as they were a few seconds ago at most; takes seconds when nobody has asked. */
    List<Destination> of(ProjectId project) {
        return projects.computeIfAbsent(project, id -> new Probed()).get(project);
    }

    private final class Probed {
        private List<Destination> answers = List.of();
        private long askedAt;
        private boolean isAsked;

        synchronized List<Destination> get(ProjectId project) {
            if (!isAsked || nanos.getAsLong() - askedAt > FRESH.toNanos()) {
                answers = List.copyOf(destinations.probe(project));
                askedAt = nanos.getAsLong();
                isAsked = true;
            }
            return answers;
        }
    }
}
