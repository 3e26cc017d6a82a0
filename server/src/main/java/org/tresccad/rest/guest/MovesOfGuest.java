package org.tresccad.rest.guest;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.tresccad.handover.Lineage;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.Arrivals;
import org.tresccad.metadata.Location;
import org.tresccad.migration.Move;
import org.tresccad.migration.MoveState;
import org.tresccad.migration.Moves;
import org.tresccad.rest.Json;
import org.tresccad.rest.guest.json.MigrationView;

/** The moves of one lineage that this host took part in, at either end; a move has the same id at both. */
public final class MovesOfGuest {
    private final Moves moves;
    private final Arrivals arrivals;
    private final Location here;

    /** Wires it. */
    public MovesOfGuest(Moves moves, Arrivals arrivals, Location here) {
        this.moves = moves;
        this.arrivals = arrivals;
        this.here = here;
    }

    /** Newest first. */
    List<MigrationView> of(Lineage lineage) {
        List<Dated> all = new ArrayList<>();
        Set<UUID> away = new HashSet<>();
        for (Move move : moves.of(lineage)) {
            away.add(move.id().value());
            all.add(new Dated(move.startedAt(), view(move)));
        }
        for (Arrival arrival : arrivals.of(lineage)) {
            arrival.move()
                    .filter(id -> !away.contains(id))
                    .ifPresent(id -> all.add(new Dated(arrival.startedAt(), view(id, arrival))));
        }
        return all.stream()
                .sorted(Comparator.comparing(Dated::at).reversed())
                .map(Dated::view)
                .toList();
    }

    /** A move away from here. */
    MigrationView view(Move move) {
        return new MigrationView(
                move.id().toString(),
                status(move.state()),
                here.host(),
                move.destination(),
                Optional.of(move.mode().wireName()),
                move.error(),
                Json.seconds(move.startedAt()),
                move.endedAt().map(Json::seconds),
                move.figures().interruption().map(MovesOfGuest::seconds),
                move.figures().total().map(MovesOfGuest::seconds),
                Optional.empty());
    }

    private MigrationView view(UUID id, Arrival arrival) {
        Optional<Double> receiving = arrival.endedAt()
                .filter(end -> arrival.state() == ArrivalState.RUNNING)
                .map(end -> seconds(Duration.between(arrival.startedAt(), end)));
        return new MigrationView(
                id.toString(),
                status(arrival.state()),
                arrival.source(),
                here.host(),
                Optional.empty(),
                arrival.error(),
                Json.seconds(arrival.startedAt()),
                arrival.endedAt().map(Json::seconds),
                Optional.empty(),
                Optional.empty(),
                receiving);
    }

    private static String status(MoveState state) {
        return switch (state) {
            case REQUESTED -> "requested";
            case CHECKED, SENDING_AHEAD -> "preparing";
            case FROZEN, CLAIMED -> "frozen";
            case DONE -> "completed";
            case WITHDRAWN, FAILED -> "error";
        };
    }

    private static String status(ArrivalState state) {
        return switch (state) {
            case RECEIVING, PREPARED, ACCEPTED -> "frozen";
            case RUNNING -> "completed";
            case DISCARDED -> "error";
        };
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }

    private record Dated(Instant at, MigrationView view) {}
}
