package org.tresccad.migration;

import java.time.Duration;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.ConcludeArrival;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.InstanceLocks;
import org.tresccad.instance.Instances;
import org.tresccad.instance.TaskState;

/**
 * Takes an instance back from a host that is lost for ever, at its owner's word: the one exception to the rule that
 * nobody guesses. Its lineage gets a raised epoch, decided for this host.
 */
public final class ReclaimInstance {
    /** Whoever works on an instance that waits for a silent host is asked to stop, and ends its last question first. */
    private static final Duration LONGEST_QUESTION = Duration.ofMinutes(2);

    private final Instances instances;
    private final Arrivals arrivals;
    private final Moves moves;
    private final ConcludeArrival concluding;
    private final SettleMove settling;
    private final InstanceLocks locks;

    /** Wires it. */
    public ReclaimInstance(
            Instances instances,
            Arrivals arrivals,
            Moves moves,
            ConcludeArrival concluding,
            SettleMove settling,
            InstanceLocks locks) {
        this.instances = instances;
        this.arrivals = arrivals;
        this.moves = moves;
        this.concluding = concluding;
        this.settling = settling;
        this.locks = locks;
    }

    /**
     * Reclaims an instance that waits here for a host that is lost: one that has arrived and waits for its home, or one
     * that was moved away and waits for its destination.
     *
     * @param name of the instance, as its owner typed it: whoever reclaims by mistake may have two of it
     * @return the instance, at its raised epoch
     * @throws TresccadException NOT_FOUND, FORBIDDEN; BAD_REQUEST for another name; CONFLICT when it waits for nobody, or
     *     whom it waits for answers
     */
    public Instance reclaim(Caller caller, InstanceId id, String name) {
        Instance instance = instances.get(caller, id);
        caller.require(Role.MEMBER);
        if (!instance.name().equals(name)) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST, "Instance " + id + " has another name than the one that was typed.");
        }
        TaskState task = instance.task().orElseThrow(() -> waitsForNobody(id));
        switch (task) {
            case ARRIVING -> concluding.reclaim(arrivalOf(instance).epoch());
            case MIGRATING -> settling.reclaim(moveOf(instance).id(), () -> locks.await(id, LONGEST_QUESTION));
            default -> throw waitsForNobody(id);
        }
        return instances.get(caller, id);
    }

    private Arrival arrivalOf(Instance instance) {
        return arrivals.unfinished().stream()
                .filter(arrival -> arrival.instance().equals(instance.id()))
                .findFirst()
                .orElseThrow(() -> waitsForNobody(instance.id()));
    }

    private Move moveOf(Instance instance) {
        return moves.of(instance.epoch().lineage()).stream()
                .filter(move -> move.state() == MoveState.CLAIMED)
                .findFirst()
                .orElseThrow(() -> waitsForNobody(instance.id()));
    }

    private static TresccadException waitsForNobody(InstanceId id) {
        return new TresccadException(
                ErrorKind.CONFLICT, "Instance " + id + " does not wait for another host; there is nothing to reclaim.");
    }
}
