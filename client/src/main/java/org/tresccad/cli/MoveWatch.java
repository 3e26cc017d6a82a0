package org.tresccad.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.tresccad.client.Cloud;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Poll;
import org.tresccad.client.tresccad.Move;

/** Follows the move of one server in its source's journal. */
final class MoveWatch {
    private static final Duration PACE = Duration.ofMillis(500);

    private final Cloud source;
    private final String serverId;
    private final Set<String> earlier;

    /** Call before the move is asked for, so that it can be told from earlier ones. */
    MoveWatch(Cloud source, String serverId) {
        this.source = source;
        this.serverId = serverId;
        this.earlier = moves().stream().map(Move::id).collect(Collectors.toUnmodifiableSet());
    }

    /** The move's id, once the journal has it. */
    String find(Duration limit, Cancellation cancellation) {
        return new Poll(source.name(), "see the move begin", limit, PACE, cancellation)
                .until(this::fresh, Optional::isPresent, nothing -> "no new move of this instance")
                .map(Move::id)
                .orElseThrow();
    }

    /** Waits for the end of a move of {@code source}, whatever it is. */
    static Move end(Cloud source, String moveId, Duration limit, TransferDisplay display, Cancellation cancellation) {
        return new Poll(source.name(), "see the end of move " + moveId, limit, PACE, cancellation)
                .until(
                        () -> {
                            Move seen = source.tresccad().move(moveId);
                            display.at(seen.bytesDone().orElse(0L), seen.expectedBytes());
                            display.phase(seen.state());
                            return seen;
                        },
                        Move::ended,
                        Move::state);
    }

    private Optional<Move> fresh() {
        return moves().stream().filter(move -> !earlier.contains(move.id())).findFirst();
    }

    private List<Move> moves() {
        return source.tresccad().moves(Map.of("server_id", serverId));
    }
}
