package org.tresccad.rest.nova;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.instance.InstanceId;
import org.tresccad.migration.MoveTerms;

/** Moves that are only written down, to the cloud {@code edge} in mode {@code package}. */
final class TestingMoves implements MoveRequests {
    private final List<MoveView> moves = new CopyOnWriteArrayList<>();

    /** What the last move was asked for with. */
    MoveTerms lastTerms = new MoveTerms(OptionalLong.empty(), Optional.empty());

    @Override
    public MoveView request(Caller caller, InstanceId instance, String destination, String mode, MoveTerms terms) {
        lastTerms = terms;
        if (!destination.equals("edge")) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "There is no destination " + destination + ".");
        }
        Instant now = Instant.parse("2026-02-03T10:20:30Z");
        MoveView move = new MoveView(
                UUID.nameUUIDFromBytes(new byte[] {(byte) moves.size()}),
                moves.size() + 1,
                instance,
                "running",
                "here",
                destination,
                mode,
                true,
                4096,
                OptionalLong.of(1 << 20),
                now,
                now);
        moves.add(0, move);
        return move;
    }

    @Override
    public List<MoveView> running(Caller caller, InstanceId instance) {
        return moves.stream()
                .filter(move -> move.isRunning() && move.instance().equals(instance))
                .toList();
    }

    @Override
    public List<MoveView> all(Caller caller, Filter filter) {
        return moves.stream()
                .filter(move ->
                        filter.instance().isEmpty() || filter.instance().get().equals(move.instance()))
                .filter(move ->
                        filter.status().isEmpty() || filter.status().get().equals(move.status()))
                .toList();
    }
}
