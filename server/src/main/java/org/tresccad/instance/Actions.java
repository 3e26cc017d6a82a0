package org.tresccad.instance;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Jobs;

/**
 * The frame every action on an instance runs in: may the caller, is the instance idle and in a state for it, mark it as
 * busy (durably), do the work in the background, write the new status. When the work fails the status becomes what the
 * hypervisor says, so that a failed action loses nothing.
 */
public final class Actions {
    private static final Logger LOG = LoggerFactory.getLogger(Actions.class);
    /** How long an action that has already written its result may take to give the lock back. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(5);

    private final Instances instances;
    private final InstanceLocks locks;
    private final Quarantine quarantine;
    private final Hypervisor hypervisor;
    private final InstanceFiles files;
    private final Jobs jobs;
    private final Clock clock;

    /** Wires the frame. */
    public Actions(
            Instances instances,
            InstanceLocks locks,
            Quarantine quarantine,
            Hypervisor hypervisor,
            InstanceFiles files,
            Jobs jobs,
            Clock clock) {
        this.instances = instances;
        this.locks = locks;
        this.quarantine = quarantine;
        this.hypervisor = hypervisor;
        this.files = files;
        this.jobs = jobs;
        this.clock = clock;
    }

    /**
     * Checks and marks now, works in the background.
     *
     * @param legal the status the instance must have
     * @param task what it is marked with
     * @param interim the status shown meanwhile, when it differs
     * @param work does it, and answers the status that follows
     * @throws TresccadException NOT_FOUND, FORBIDDEN, or CONFLICT when busy, locked or in another status
     */
    public void start(
            Caller caller,
            InstanceId id,
            Set<InstanceStatus> legal,
            TaskState task,
            Optional<InstanceStatus> interim,
            Work work) {
        Held lock = begin(caller, id);
        try {
            Instance marked = mark(id, legal, task, interim);
            jobs.start(task + " of " + id, () -> {
                try (lock) {
                    finish(marked, work);
                }
            });
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** As {@link #start}, but works in the caller's thread and throws what the work throws. */
    public void run(Caller caller, InstanceId id, Set<InstanceStatus> legal, TaskState task, Work work) {
        Held lock = begin(caller, id);
        try (lock) {
            Instance marked = mark(id, legal, task, Optional.empty());
            finishOrThrow(marked, work);
        }
    }

    /**
     * Takes the instance's lock for the caller.
     *
     * @throws TresccadException NOT_FOUND, FORBIDDEN or CONFLICT
     */
    public Held begin(Caller caller, InstanceId id) {
        Instance instance = instances.get(caller, id);
        caller.require(Role.MEMBER);
        requireUnlocked(caller, instance);
        quarantine.requireNewest(instance);
        return held(instance);
    }

    private Held held(Instance instance) {
        return instance.task().isEmpty() ? locks.await(instance.id(), LAST_STEPS) : locks.take(instance.id());
    }

    /** As {@link #begin}, for what changes nothing about the instance, and so may be done to a locked one too. */
    public Held beginReading(Caller caller, InstanceId id) {
        Instance instance = instances.get(caller, id);
        caller.require(Role.MEMBER);
        // A copy of an old one could be started where nobody knows that it is old.
        quarantine.requireNewest(instance);
        return held(instance);
    }

    /** Refuses an instance that its owner has locked, except to admins. */
    public static void requireUnlocked(Caller caller, Instance instance) {
        if (instance.isLocked() && !caller.isAdmin()) {
            throw new TresccadException(ErrorKind.CONFLICT, "Instance " + instance.id() + " is locked.");
        }
    }

    /** Whether the instance is there and nobody has asked to delete it. */
    public boolean isWanted(InstanceId id) {
        return instances.find(id).filter(Actions::isWanted).isPresent();
    }

    private static boolean isWanted(Instance instance) {
        return instance.task().filter(TaskState.DELETING::equals).isEmpty();
    }

    /** Marks an instance whose lock is held; CONFLICT when it is busy or in another status. */
    public Instance mark(InstanceId id, Set<InstanceStatus> legal, TaskState task, Optional<InstanceStatus> interim) {
        return instances.change(id, instance -> {
            requireIdle(instance);
            if (!legal.contains(instance.status())) {
                throw new TresccadException(
                        ErrorKind.CONFLICT,
                        "Cannot do '" + task.wireName() + "' while instance " + id + " is in vm_state "
                                + instance.status().name().toLowerCase(Locale.ROOT) + ".");
            }
            return instance.with(interim.orElse(instance.status()), Optional.of(task), now());
        });
    }

    /** Refuses an instance that is being worked on. */
    public static void requireIdle(Instance instance) {
        instance.task().ifPresent(task -> {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "Instance " + instance.id() + " is busy: task_state is " + task.wireName() + ".");
        });
    }

    /** Clears the mark and writes {@code status}; the mark of a delete that waits for the lock stays. */
    public Instance settle(InstanceId id, InstanceStatus status) {
        return instances.change(
                id, instance -> isWanted(instance) ? instance.with(status, Optional.empty(), now()) : instance);
    }

    /** Clears the mark and writes what the hypervisor and the files say the instance is. */
    public Instance settleByReality(InstanceId id) {
        // Not within the transaction: that holds the database's one write lock, and libvirt may take its time.
        InstanceStatus real = observe(instances.find(id).orElseThrow(() -> Instances.missing(id)));
        return settle(id, real);
    }

    /** Marks the instance as failed, with a sentence for its owner. */
    public Instance fail(InstanceId id, RuntimeException why) {
        String message = why instanceof TresccadException known
                ? String.valueOf(known.getMessage())
                : "An unexpected error; the log of this host has more.";
        return instances.change(
                id, instance -> isWanted(instance) ? instance.failed(new Fault(message, 500, now())) : instance);
    }

    /** Watches for domains that stop by themselves and writes it down. */
    public void followTheHypervisor() {
        hypervisor.onStopped(domain ->
                instances.all().stream().filter(i -> i.domain().equals(domain)).forEach(i -> catchUp(i.id())));
    }

    /** Writes down what the hypervisor says of an instance, unless something is being done to it. */
    public void catchUp(InstanceId id) {
        Held lock;
        try {
            lock = locks.take(id);
        } catch (TresccadException e) {
            LOG.debug("instance {} is busy; its action will notice", id);
            return;
        }
        try (lock) {
            instances.find(id).filter(i -> i.task().isEmpty() && i.hasDomain()).ifPresent(i -> settleByReality(id));
        }
    }

    /** What the hypervisor and the files say the instance is. */
    public InstanceStatus observe(Instance instance) {
        Optional<DomainState> state = hypervisor.state(instance.domain());
        if (state.isPresent()) {
            return switch (state.get()) {
                case RUNNING -> InstanceStatus.ACTIVE;
                case PAUSED -> InstanceStatus.PAUSED;
                case CRASHED -> InstanceStatus.ERROR;
            };
        }
        return instance.status() == InstanceStatus.SUSPENDED && files.hasMemory(instance.id())
                ? InstanceStatus.SUSPENDED
                : InstanceStatus.SHUTOFF;
    }

    private void finish(Instance marked, Work work) {
        try {
            finishOrThrow(marked, work);
        } catch (TresccadException e) {
            LOG.warn("instance {}: {}", marked.id(), e.getMessage(), e);
        }
    }

    private void finishOrThrow(Instance marked, Work work) {
        try {
            settle(marked.id(), work.apply(marked));
        } catch (RuntimeException e) {
            try {
                settleByReality(marked.id());
            } catch (HypervisorUnavailable away) {
                // The mark stays; ReconcileInstances takes it up when the hypervisor answers again.
                e.addSuppressed(away);
            }
            throw e;
        }
    }

    private Instant now() {
        return clock.instant();
    }

    /** What an action does. */
    @FunctionalInterface
    public interface Work {
        /** Does it to {@code instance} and answers the status that follows. */
        InstanceStatus apply(Instance instance);
    }
}
