package org.tresccad.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.image.Contents;
import org.tresccad.instance.InstanceLocks.Held;

/**
 * Makes database, domains and files agree, and the database is right: at the start of the daemon, after its last end, and
 * now and then, after the hypervisor was away. What is being saved, moved or restored is left to those who know.
 */
public final class ReconcileInstances {
    private static final Logger LOG = LoggerFactory.getLogger(ReconcileInstances.class);
    private static final Set<InstanceStatus> HAVE_NO_MEMORY_FILE =
            Set.of(InstanceStatus.ACTIVE, InstanceStatus.PAUSED, InstanceStatus.SHUTOFF);

    private final Instances instances;
    private final Actions actions;
    private final DeleteInstance deleting;
    private final Hypervisor hypervisor;
    private final InstanceFiles files;
    private final Contents contents;
    private final InstanceLocks locks;

    /** Wires it. */
    public ReconcileInstances(
            Instances instances,
            Actions actions,
            DeleteInstance deleting,
            Hypervisor hypervisor,
            InstanceFiles files,
            Contents contents,
            InstanceLocks locks) {
        this.instances = instances;
        this.actions = actions;
        this.deleting = deleting;
        this.hypervisor = hypervisor;
        this.files = files;
        this.contents = contents;
        this.locks = locks;
    }

    /** Does it, before anything else works on instances. */
    public void reconcile() {
        removeStrays();
        for (Instance instance : instances.all()) {
            try {
                reconcile(instance);
            } catch (RuntimeException e) {
                // One instance that cannot be put in order must not keep all others from being served.
                LOG.error("instance {} could not be put in order", instance.id(), e);
            }
        }
        contents.sweep();
    }

    private void reconcile(Instance instance) {
        deleteCopyAhead(instance.id());
        instance.task().ifPresentOrElse(task -> takeUp(instance, task), () -> {
            if (instance.hasDomain()) {
                actions.settleByReality(instance.id());
            }
            deleteUsedMemory(instance.id());
        });
    }

    /** What was on its way ahead of a freeze when the daemon ended is of no use to the next move. */
    private void deleteCopyAhead(InstanceId id) {
        try {
            Files.deleteIfExists(files.memoryAhead(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file goes once the journal has the guest; an end between the two leaves it. */
    private void deleteUsedMemory(InstanceId id) {
        instances
                .find(id)
                .filter(instance -> HAVE_NO_MEMORY_FILE.contains(instance.status()))
                .ifPresent(instance -> files.deleteMemory(id));
    }

    private void takeUp(Instance instance, TaskState task) {
        switch (task) {
            case SPAWNING -> {
                hypervisor.destroy(instance.domain());
                actions.fail(
                        instance.id(),
                        new TresccadException(
                                ErrorKind.UNAVAILABLE, "The host restarted while the instance was being made."));
            }
            case DELETING -> deleting.discard(instance);
            case POWERING_OFF, POWERING_ON, REBOOTING, REBOOTING_HARD, PAUSING, UNPAUSING ->
                actions.settleByReality(instance.id());
            case RESUMING -> goOn(instance);
            case SUSPENDING -> takeBackSuspend(instance);
            // Their journals know more, and are taken up after this.
            case SAVING, MIGRATING, ARRIVING, IMAGE_SNAPSHOT -> LOG.info("instance {} was {}", instance.id(), task);
        }
    }

    /** A suspend counts from when its memory is on disk and its domain gone; before that the guest goes on. */
    private void takeBackSuspend(Instance instance) {
        if (hypervisor.state(instance.domain()).isPresent()) {
            goOn(instance);
        } else if (instance.hardware().isPresent() && files.hasMemory(instance.id())) {
            actions.settle(instance.id(), InstanceStatus.SUSPENDED);
        } else {
            files.deleteMemory(instance.id());
            actions.settle(instance.id(), InstanceStatus.SHUTOFF);
        }
    }

    /** Lets a guest run whose domain there is; without one it is suspended as long as its memory was not used. */
    private void goOn(Instance instance) {
        if (hypervisor.state(instance.domain()).isPresent()) {
            files.spendMemory(instance.id());
            hypervisor.resume(instance.domain());
            files.deleteMemory(instance.id());
        }
        actions.settleByReality(instance.id());
    }

    /** Rows are read last: a domain or directory is never made before its row. */
    private void removeStrays() {
        Set<DomainName> domains = hypervisor.domains();
        List<InstanceId> directories = files.existing();
        Set<DomainName> ours = new HashSet<>();
        Set<InstanceId> known = new HashSet<>();
        instances.all().forEach(instance -> {
            ours.add(instance.domain());
            known.add(instance.id());
        });
        for (DomainName domain : domains) {
            if (!ours.contains(domain)) {
                LOG.warn("removing domain {}, whose instance has left this host", domain);
                hypervisor.destroy(domain);
            }
        }
        for (InstanceId id : directories) {
            if (!known.contains(id)) {
                whenIdle(id, () -> {
                    LOG.info("removing the files of instance {}, which has left this host", id);
                    files.delete(id);
                });
            }
        }
    }

    /**
     * Catches up with what happened, or could not be done, while the hypervisor was away: guests that stopped, actions
     * that failed without knowing what became of the guest, domains that could not be destroyed. Cheap, to be called now
     * and then.
     *
     * @throws TresccadException UNAVAILABLE while the hypervisor is away
     */
    public void catchUp() {
        removeStrays();
        Set<DomainName> there = hypervisor.domains();
        for (Instance instance : instances.all()) {
            instance.task().ifPresentOrElse(task -> takeUpAbandoned(instance.id(), task), () -> {
                if (instance.hasDomain() && !there.contains(instance.domain())) {
                    actions.catchUp(instance.id());
                }
            });
        }
    }

    /** Whoever works on an instance has its lock; a mark without a lock is that of an action that could not end. */
    private void takeUpAbandoned(InstanceId id, TaskState task) {
        switch (task) {
            case POWERING_OFF, POWERING_ON, REBOOTING, REBOOTING_HARD, PAUSING, UNPAUSING, SUSPENDING, RESUMING ->
                whenIdle(id, () -> instances
                        .find(id)
                        .filter(instance -> instance.task().filter(task::equals).isPresent())
                        .ifPresent(instance -> takeUp(instance, task)));
            // These come to their end by themselves, or are tried again by those who know more.
            case SPAWNING, ARRIVING, DELETING, SAVING, MIGRATING, IMAGE_SNAPSHOT -> {}
        }
    }

    private void whenIdle(InstanceId id, Runnable work) {
        Held lock;
        try {
            lock = locks.take(id);
        } catch (TresccadException e) {
            LOG.debug("instance {} is busy", id);
            return;
        }
        try (lock) {
            work.run();
        }
    }
}
