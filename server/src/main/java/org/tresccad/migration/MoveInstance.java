package org.tresccad.migration;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Instances;
import org.tresccad.instance.SaveInstance;

/** Asks for moves, shows them and cancels them. */
public final class MoveInstance {
    private final Instances instances;
    private final Moves moves;
    private final Destinations destinations;
    private final MoveEngine engine;
    private final long bandwidth;
    private final Clock clock;

    /**
     * Wires it.
     *
     * @param bandwidth bytes per second for what a move sends before the freeze, unless it is asked for with another; 0
     *     for no limit
     */
    public MoveInstance(
            Instances instances,
            Moves moves,
            Destinations destinations,
            MoveEngine engine,
            long bandwidth,
            Clock clock) {
        this.instances = instances;
        this.moves = moves;
        this.destinations = destinations;
        this.engine = engine;
        this.bandwidth = bandwidth;
        this.clock = clock;
    }

    /**
     * Journals the wish and starts the move in the background.
     *
     * @param answered completes once whoever asked has our answer; the freeze waits for it a little
     * @throws TresccadException NOT_FOUND, FORBIDDEN, CONFLICT (state, busy, moving already), BAD_REQUEST (unknown
     *     destination, a mode that does not exist yet)
     */
    public Move request(
            Caller caller,
            InstanceId id,
            String destination,
            MoveMode mode,
            Move.Origin origin,
            MoveTerms terms,
            CompletionStage<?> answered) {
        Instance instance = instances.get(caller, id);
        caller.require(Role.MEMBER);
        if (instance.isLocked() && !caller.isAdmin()) {
            throw new TresccadException(ErrorKind.CONFLICT, "Instance " + id + " is locked.");
        }
        if (!mode.exists()) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST,
                    "Mode '" + mode.wireName() + "' does not exist in this version; use 'auto', 'package' or 'warm'.");
        }
        List<String> known = destinations.names(instance.project());
        if (!known.contains(destination)) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST,
                    "Destination '" + destination + "' is not known on this host; it knows "
                            + (known.isEmpty() ? "none" : String.join(", ", known)) + " for this project.");
        }
        SaveInstance.requireSavable(instance);
        if (origin == Move.Origin.API) {
            // A guest is answered before anybody is asked.
            destinations.requireTakes(instance.project(), destination, mode);
        }
        Move move = new Move(
                MoveId.random(),
                id,
                instance.name(),
                instance.epoch().next(),
                UUID.randomUUID(),
                instance.project(),
                caller.userId(),
                destination,
                mode,
                origin,
                Optional.empty(),
                MoveState.REQUESTED,
                Optional.empty(),
                Optional.empty(),
                false,
                Move.Figures.NONE,
                clock.instant(),
                Optional.empty());
        moves.insert(move);
        engine.start(move, terms.bandwidth().orElse(bandwidth), terms.interruption(), answered);
        return move;
    }

    /** The moves the caller may see, newest first. */
    public List<Move> list(Caller caller) {
        return moves.all().stream().filter(m -> caller.sees(m.project())).toList();
    }

    /**
     * One move.
     *
     * @throws TresccadException NOT_FOUND
     */
    public Move get(Caller caller, MoveId id) {
        return moves.find(id)
                .filter(m -> caller.sees(m.project()))
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "Move " + id + " could not be found."));
    }

    /** A number that stands for the move on this host: positive, unique, the same for ever. */
    public int number(MoveId id) {
        return moves.number(id);
    }

    /**
     * Asks a move to end; when this returns, it will, and the guest runs on here.
     *
     * @throws TresccadException CONFLICT when the destination has the instance, or is being given it, or the move is over
     */
    public void cancel(Caller caller, MoveId id) {
        Move move = get(caller, id);
        caller.require(Role.MEMBER);
        if (move.state().isFinal()
                || move.state() == MoveState.CLAIMED
                || !engine.cancel(id, "asked for by " + caller.userName())) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "Move " + id + " cannot be cancelled any more: it is over, or the destination is being given the"
                            + " instance.");
        }
    }
}
