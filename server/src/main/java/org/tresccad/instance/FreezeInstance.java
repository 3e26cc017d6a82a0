package org.tresccad.instance;

import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.hypervisor.FrozenDomain;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Jobs;
import org.tresccad.state.Database;

/**
 * Freezes an instance under a new epoch, and takes that back. Between the two, the register alone says who may run it.
 * The instance's lock is held by the caller throughout.
 */
public final class FreezeInstance {
    private static final Logger LOG = LoggerFactory.getLogger(FreezeInstance.class);

    private final Database database;
    private final Instances instances;
    private final Register register;
    private final Hypervisor hypervisor;
    private final DomainSpecs specs;
    private final InstanceFiles files;
    private final Actions actions;
    private final Quarantine quarantine;
    private final Reclaims reclaims;
    private final InstanceLocks locks;
    private final StandStill standStill;
    private final Jobs jobs;
    private final Clock clock;

    /** Wires it. */
    public FreezeInstance(
            Database database,
            Instances instances,
            Register register,
            Hypervisor hypervisor,
            DomainSpecs specs,
            InstanceFiles files,
            Actions actions,
            Quarantine quarantine,
            Reclaims reclaims,
            InstanceLocks locks,
            StandStill standStill,
            Jobs jobs,
            Clock clock) {
        this.database = database;
        this.instances = instances;
        this.register = register;
        this.hypervisor = hypervisor;
        this.specs = specs;
        this.files = files;
        this.actions = actions;
        this.quarantine = quarantine;
        this.reclaims = reclaims;
        this.locks = locks;
        this.standStill = standStill;
        this.jobs = jobs;
        this.clock = clock;
    }

    /**
     * Opens {@code epoch} and marks the instance, durably, with whatever else {@code alsoWrite} puts in the same
     * transaction. From here on only {@link #begin}, {@link #withdraw} and {@link #takeReturned} touch the instance.
     *
     * @param epoch the next one of the instance, as the caller knows it
     * @return the marked instance
     * @throws TresccadException CONFLICT when the instance is busy, its memory is not in a domain, or it has been frozen
     *     in another way since the caller looked
     */
    public Instance open(InstanceId id, TaskState task, Epoch epoch, UUID nonce, Consumer<Handle> alsoWrite) {
        return database.transaction(transaction -> {
            Instance instance = instances.find(transaction, id).orElseThrow(() -> Instances.missing(id));
            SaveInstance.requireSavable(instance);
            if (!instance.epoch().next().equals(epoch)) {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "Instance " + id + " was being saved or moved meanwhile. Try again.");
            }
            // A layout stands for a complete memory file; the one from before is not the one to come.
            Instance marked = instance.withoutHardware().with(instance.status(), Optional.of(task), clock.instant());
            instances.update(transaction, marked);
            register.open(transaction, epoch, nonce, instance.project());
            alsoWrite.accept(transaction);
            return marked;
        });
    }

    /** A freeze to come: its memory and XML can be read, with patience, before it has begun. */
    public Freeze prepare(Instance instance) {
        return new Freeze(files.memory(instance.id()));
    }

    /**
     * Stops the guest and writes its memory to the instance's memory file, in the background. When that fails, the guest
     * runs on.
     *
     * @param instance as {@link #open} marked it
     */
    public void begin(Instance instance, Freeze freeze) {
        files.deleteMemory(instance.id());
        jobs.start(
                "freeze of " + instance.id(),
                () -> freeze.run(stopped -> {
                    standStill.begins(instance);
                    FrozenDomain frozen = hypervisor.freeze(instance.domain(), files.memory(instance.id()), stopped);
                    instances.change(instance.id(), i -> i.withHardware(frozen.hardware()));
                    return frozen;
                }));
    }

    /**
     * Takes the freeze back, if nobody has claimed the epoch: writes {@code withdrawn} and only then lets the guest run.
     * Safe to repeat after a crash at any point. A guest that cannot be let run now is tried again by {@link #retry}.
     *
     * @return the verdict that stands; the guest is here exactly if it is {@link Verdict.Withdrawn}
     */
    public Verdict withdraw(Instance instance, Consumer<Handle> alsoWrite) {
        Epoch epoch = instance.epoch().next();
        Verdict verdict = database.transaction(transaction -> {
            Verdict standing = register.decide(transaction, epoch, new Verdict.Withdrawn());
            if (standing instanceof Verdict.Withdrawn) {
                alsoWrite.accept(transaction);
            }
            return standing;
        });
        if (verdict instanceof Verdict.Withdrawn) {
            tryToThaw(instance.id(), epoch);
        }
        return verdict;
    }

    /**
     * Takes back an instance whose epoch was claimed by a host that has given it up durably without letting it run: the
     * next epoch is opened and decided for this host at once, in one transaction with {@code alsoWrite}.
     */
    public void takeReturned(Instance instance, Consumer<Handle> alsoWrite) {
        takeBackAt(instance, instance.epoch().next().next(), alsoWrite);
    }

    /**
     * As {@link #takeReturned}, from a host that is lost, at an epoch that is raised above whatever it may still do.
     *
     * @param nonce of the package that is given up
     */
    public void takeFromTheLost(Instance instance, UUID nonce, Consumer<Handle> alsoWrite) {
        Epoch given = instance.epoch().next();
        Epoch raised = given.raised(new SecureRandom());
        takeBackAt(instance, raised, transaction -> {
            reclaims.insert(
                    transaction, new Reclaims.Reclaim(given, nonce, raised, instance.project()), Optional.empty());
            alsoWrite.accept(transaction);
        });
    }

    private void takeBackAt(Instance instance, Epoch own, Consumer<Handle> alsoWrite) {
        database.execute(transaction -> {
            register.open(transaction, own, UUID.randomUUID(), instance.project());
            register.decide(transaction, own, new Verdict.Withdrawn());
            // As any that is frozen: one below the epoch that is its own once it runs.
            instances
                    .find(transaction, instance.id())
                    .ifPresent(i -> instances.update(transaction, i.atEpoch(own.previous())));
            alsoWrite.accept(transaction);
        });
        tryToThaw(instance.id(), own);
    }

    /**
     * Ends an epoch that a destination has heard of before any freeze opened it: opened and withdrawn in one, and the
     * guest, which runs all the time, goes on at it. The next package is then of another epoch, which nobody has refused.
     *
     * @param alsoWrite what belongs to the same transaction
     */
    public void useUp(InstanceId id, Epoch epoch, UUID nonce, Consumer<Handle> alsoWrite) {
        database.execute(transaction -> {
            instances
                    .find(transaction, id)
                    .filter(i -> i.task().isEmpty() && i.epoch().next().equals(epoch))
                    .ifPresent(i -> {
                        register.open(transaction, epoch, nonce, i.project());
                        register.decide(transaction, epoch, new Verdict.Withdrawn());
                        instances.update(transaction, i.atEpoch(epoch));
                    });
            alsoWrite.accept(transaction);
        });
    }

    /**
     * Lets guests run who still stand although their freeze was taken back, because the daemon or the hypervisor failed
     * then, and takes back saves that nothing works on any more, because the disk was full, say, when they failed; at
     * the start, and now and then.
     */
    public void retry() {
        for (Instance standing : instances.all()) {
            Epoch epoch = standing.epoch().next();
            if (isSaving(standing) || (isFrozen(standing) && isWithdrawn(epoch))) {
                retry(standing.id(), epoch);
            }
        }
    }

    private void retry(InstanceId id, Epoch epoch) {
        Held lock;
        try {
            lock = locks.take(id);
        } catch (TresccadException e) {
            LOG.debug("instance {} is being worked on", id, e);
            return;
        }
        try (lock) {
            instances
                    .find(id)
                    .filter(i -> isFrozen(i) && i.epoch().next().equals(epoch))
                    .ifPresent(this::takeUp);
        }
    }

    private void takeUp(Instance standing) {
        if (!isSaving(standing)) {
            tryToThaw(standing.id(), standing.epoch().next());
            return;
        }
        try {
            withdraw(standing, transaction -> {});
        } catch (RuntimeException e) {
            LOG.error("the save of instance {} cannot be taken back yet; it will be tried again", standing.id(), e);
        }
    }

    private static boolean isSaving(Instance instance) {
        return instance.task().filter(TaskState.SAVING::equals).isPresent();
    }

    private static boolean isFrozen(Instance instance) {
        return instance.task()
                .filter(Set.of(TaskState.SAVING, TaskState.MIGRATING)::contains)
                .isPresent();
    }

    private boolean isWithdrawn(Epoch epoch) {
        return database.read(handle -> register.find(handle, epoch))
                .flatMap(Register.Entry::verdict)
                .filter(verdict -> verdict instanceof Verdict.Withdrawn)
                .isPresent();
    }

    private void tryToThaw(InstanceId id, Epoch epoch) {
        try {
            thaw(instances.find(id).orElseThrow(() -> Instances.missing(id)), epoch);
        } catch (RuntimeException e) {
            LOG.error("instance {} stays here but does not run yet; it will be tried again", id, e);
        }
    }

    /** Lets a guest that was frozen here go on: from its domain, or from its memory file when the domain is lost. */
    private void thaw(Instance instance, Epoch epoch) {
        if (quarantine.isSuperseded(instance)) {
            quarantine.shutAway(instance);
            return;
        }
        if (hypervisor.state(instance.domain()).isEmpty() && !isRestored(instance)) {
            settle(instance, epoch, InstanceStatus.SUSPENDED);
            return;
        }
        if (hypervisor.state(instance.domain()).isPresent()) {
            files.spendMemory(instance.id());
            if (instance.status() != InstanceStatus.PAUSED) {
                hypervisor.resume(instance.domain());
            }
        }
        settle(instance, epoch, actions.observe(instance));
        files.deleteMemory(instance.id());
    }

    /** False when there is a complete memory file and it cannot be resumed now; it is kept then. */
    private boolean isRestored(Instance instance) {
        if (!files.hasMemory(instance.id()) || instance.hardware().isEmpty()) {
            LOG.error("instance {} lost its domain before its memory was saved; it can be started", instance.id());
            return true;
        }
        LOG.warn("instance {} lost its domain while frozen; it goes on from its memory file", instance.id());
        try {
            hypervisor.restorePaused(
                    specs.forResume(instance, instance.hardware().get()), files.memory(instance.id()));
            return true;
        } catch (HypervisorRefused | UncheckedIOException e) {
            LOG.error("instance {} cannot go on from its memory file; it is suspended now", instance.id(), e);
            return false;
        }
    }

    private void settle(Instance instance, Epoch epoch, InstanceStatus status) {
        Instance settled =
                instances.change(instance.id(), i -> i.atEpoch(epoch).with(status, Optional.empty(), clock.instant()));
        if (status == InstanceStatus.ACTIVE) {
            standStill.ended(settled);
        }
    }
}
