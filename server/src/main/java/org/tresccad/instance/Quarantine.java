package org.tresccad.instance;

import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.handover.Register;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.state.Database;

/**
 * What becomes of an instance here whose lineage has a higher epoch elsewhere: its owner gave this host up and reclaimed
 * it there. It is stopped, never runs again, and keeps its disk until its owner deletes it.
 */
public final class Quarantine {
    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);
    private static final String WHY =
            "This instance was reclaimed on another host, which has a higher epoch of it. This"
                    + " copy is stopped and never runs again; its disk is kept until it is deleted.";

    private final Database database;
    private final Register register;
    private final Instances instances;
    private final InstanceLocks locks;
    private final Hypervisor hypervisor;
    private final Clock clock;

    /** Wires it. */
    public Quarantine(
            Database database,
            Register register,
            Instances instances,
            InstanceLocks locks,
            Hypervisor hypervisor,
            Clock clock) {
        this.database = database;
        this.register = register;
        this.instances = instances;
        this.locks = locks;
        this.hypervisor = hypervisor;
        this.clock = clock;
    }

    /** Whether a higher epoch of its lineage is known here than the instance has, or is about to have. */
    public boolean isSuperseded(Instance instance) {
        // What is being saved or moved is frozen under the next one, which may be decided already.
        long own = instance.epoch().number() + (instance.task().isPresent() ? 1 : 0);
        return newest(instance.epoch().lineage()) > own;
    }

    /** The highest epoch of a lineage that is known here to be decided; 0 when none is. */
    public long newest(Lineage lineage) {
        return database.read(handle -> register.highest(handle, lineage)).orElse(0L);
    }

    /**
     * Refuses to do anything with an instance that must not run.
     *
     * @throws TresccadException CONFLICT
     */
    public void requireNewest(Instance instance) {
        if (isSuperseded(instance)) {
            throw new TresccadException(ErrorKind.CONFLICT, WHY);
        }
    }

    /** Somebody who had the package of an earlier one says that this epoch is decided: for ever remembered, then acted on. */
    public void learn(Lineage lineage, long decided) {
        database.execute(transaction -> register.remember(transaction, new Epoch(lineage, decided)));
        instances.find(lineage).ifPresent(this::lookAt);
    }

    /** Stops, now and then, what could not be stopped when that was learnt. */
    public void retry() {
        instances.all().forEach(this::lookAt);
    }

    private void lookAt(Instance instance) {
        if (instance.task().isPresent() || !isSuperseded(instance)) {
            // Whoever works on it looks before it lets it run.
            return;
        }
        Held lock;
        try {
            lock = locks.take(instance.id());
        } catch (TresccadException e) {
            LOG.debug("instance {} is busy; it is looked at again", instance.id(), e);
            return;
        }
        try (lock) {
            instances
                    .find(instance.id())
                    .filter(now -> now.task().isEmpty() && isSuperseded(now))
                    .ifPresent(this::shutAway);
        } catch (TresccadException e) {
            LOG.warn("instance {} is superseded and not stopped yet: {}", instance.id(), e.getMessage());
        }
    }

    /** Stops an instance for good, whose lock is held; first in the database, so that nothing lets it run meanwhile. */
    void shutAway(Instance superseded) {
        if (superseded.status() != InstanceStatus.ERROR || superseded.task().isPresent()) {
            LOG.error("instance {} has a higher epoch elsewhere; it is stopped for good", superseded.id());
            instances.change(superseded.id(), i -> i.failed(new Fault(WHY, 409, clock.instant())));
        }
        hypervisor.destroy(superseded.domain());
    }
}
