package org.tresccad.instance;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Register;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.image.Contents;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Jobs;
import org.tresccad.network.Network;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.PackageSummary;

/** Deletes instances: on request, and when they have left for good. */
public final class DeleteInstance {
    private static final Logger LOG = LoggerFactory.getLogger(DeleteInstance.class);
    private static final Set<TaskState> NOT_OURS_TO_DELETE =
            Set.of(TaskState.MIGRATING, TaskState.ARRIVING, TaskState.SAVING);
    /** How long an action may take before a delete gives up; the mark stays, and another delete tries again. */
    private static final Duration LONGEST_ACTION = Duration.ofMinutes(10);

    private final Database database;
    private final Instances instances;
    private final InstanceLocks locks;
    private final Hypervisor hypervisor;
    private final Contents contents;
    private final Network network;
    private final InstanceFiles files;
    private final Residues residues;
    private final Register register;
    private final Jobs jobs;

    /** Wires it. */
    public DeleteInstance(
            Database database,
            Instances instances,
            InstanceLocks locks,
            Hypervisor hypervisor,
            Contents contents,
            Network network,
            InstanceFiles files,
            Residues residues,
            Register register,
            Jobs jobs) {
        this.database = database;
        this.instances = instances;
        this.locks = locks;
        this.hypervisor = hypervisor;
        this.contents = contents;
        this.network = network;
        this.files = files;
        this.residues = residues;
        this.register = register;
        this.jobs = jobs;
    }

    /**
     * Deletes an instance whatever its status; its disk is gone for good. An action that works on it (its boot, say)
     * ends first.
     *
     * @throws TresccadException NOT_FOUND, FORBIDDEN, CONFLICT when locked or while it is being saved or moved
     */
    public void delete(Caller caller, InstanceId id) {
        Instance wanted = instances.get(caller, id);
        caller.require(Role.MEMBER);
        Actions.requireUnlocked(caller, wanted);
        Instance doomed = instances.change(id, instance -> {
            if (instance.task().filter(NOT_OURS_TO_DELETE::contains).isPresent()) {
                throw new TresccadException(
                        ErrorKind.CONFLICT,
                        "Instance " + id + " is on its way: task_state is "
                                + instance.task().orElseThrow().wireName() + ". Cancel the move first.");
            }
            return instance.with(instance.status(), Optional.of(TaskState.DELETING), instance.updatedAt());
        });
        jobs.start("delete of " + id, () -> {
            Held lock = locks.await(id, LONGEST_ACTION);
            try (lock) {
                discard(doomed);
            }
        });
    }

    /**
     * Removes every trace of an instance whose lock is held: first, durably, the row, so that nothing ever lets it run
     * again, then the domain and the files. What a crash leaves between is removed at the next start.
     */
    public void discard(Instance instance) {
        database.execute(transaction -> forget(transaction, instance));
        sweep(instance);
    }

    /** The database's part of {@link #discard}, for use in a larger transaction. The epoch is remembered for ever. */
    public void forget(Handle transaction, Instance instance) {
        register.remember(transaction, instance.epoch());
        release(transaction, instance);
    }

    /** As {@link #forget}, for an instance that never ran here: its epoch is not decided by that. */
    public void release(Handle transaction, Instance instance) {
        network.release(transaction, instance.holder());
        contents.releaseAll(transaction, instance.holder());
        instances.remove(transaction, instance.id());
    }

    /**
     * As {@link #forget}, for an instance that has left and of which {@link #keep} is about to keep something: what it
     * stood on is held without a gap, for others sweep all the time.
     */
    public void leave(Handle transaction, Instance instance) {
        residues.expect(transaction, instance);
        forget(transaction, instance);
    }

    /**
     * Before {@link #sweep}, for an instance that has left: keeps its memory and disk for the day it comes back, unless its
     * domain cannot be removed now.
     *
     * @param epoch that it left with
     * @param sent what was sent of it
     */
    public void keep(Instance left, Epoch epoch, PackageSummary sent) {
        // What writes to its files has to be gone first.
        try {
            hypervisor.destroy(left.domain());
        } catch (HypervisorUnavailable e) {
            LOG.warn("nothing is kept of {}, whose domain cannot be removed now: {}", left.id(), e.getMessage());
            residues.drop(epoch.lineage());
            return;
        }
        residues.keep(
                left,
                epoch,
                sent,
                Map.of(Member.SNAPSHOT, files.memory(left.id()), Member.DISK, files.disk(left.id())));
    }

    /**
     * The rest of {@link #discard}, after {@link #forget} is durable. A domain that cannot be removed now, and its files,
     * are found as strays when the hypervisor is there again; nothing else waits for that.
     */
    public void sweep(Instance instance) {
        try {
            hypervisor.destroy(instance.domain());
            files.delete(instance.id());
        } finally {
            network.apply();
            contents.sweep();
        }
    }
}
