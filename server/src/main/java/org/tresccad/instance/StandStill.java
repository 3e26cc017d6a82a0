package org.tresccad.instance;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.job.Changes;

/**
 * What a guest is told and given when its CPUs stop and run again. It is a courtesy: nothing here fails a freeze or
 * keeps a guest from running on, and nothing here takes longer than {@link #ANSWERS}.
 */
public final class StandStill {
    private static final Logger LOG = LoggerFactory.getLogger(StandStill.class);
    /** A request that stays open over the freeze is answered by nobody; answering takes milliseconds. */
    private static final Duration ANSWERS = Duration.ofMillis(200);

    private final Instances instances;
    private final GuestEvents events;
    private final GuestListeners listeners;
    private final GuestClock clock;
    private final Changes changes;

    /** Wires it. */
    public StandStill(
            Instances instances, GuestEvents events, GuestListeners listeners, GuestClock clock, Changes changes) {
        this.instances = instances;
        this.events = events;
        this.listeners = listeners;
        this.clock = clock;
        this.changes = changes;
    }

    /**
     * The CPUs of {@code instance} are about to be stopped, unless they stand already. Whoever waits for events in the
     * guest is answered first: the connection ends before it is of no use any more.
     */
    void begins(Instance instance) {
        if (instance.status() != InstanceStatus.ACTIVE) {
            return;
        }
        try {
            events.frozen(instance.id());
            changes.raise();
            listeners.awaitAnswered(instance.id(), ANSWERS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("instance {} is not told that it is frozen", instance.id(), e);
        }
    }

    /** The CPUs of {@code instance}, which stood still here, run again, or were not stopped after all. */
    void ended(Instance instance) {
        clock.step(instance);
        tell(instance.id());
    }

    /** The CPUs of {@code instance}, which came frozen, run; its arrival tells of the gap. */
    void arrived(Instance instance) {
        clock.step(instance);
    }

    /** The guest boots: whoever could be told of a freeze before that is gone. */
    void forget(InstanceId id) {
        events.forgetFreeze(id);
    }

    /** After a restart: guests that run, whatever the last word to them was. */
    public void recover() {
        instances.all().stream()
                .filter(i -> i.status() == InstanceStatus.ACTIVE && i.task().isEmpty())
                .forEach(i -> tell(i.id()));
    }

    private void tell(InstanceId id) {
        try {
            if (events.end(id)) {
                changes.raise();
            }
        } catch (RuntimeException e) {
            LOG.warn("instance {} is not told that it runs on", id, e);
        }
    }
}
