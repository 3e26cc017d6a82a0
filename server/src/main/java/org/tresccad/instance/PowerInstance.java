package org.tresccad.instance;

import static org.tresccad.instance.InstanceStatus.ACTIVE;
import static org.tresccad.instance.InstanceStatus.ERROR;
import static org.tresccad.instance.InstanceStatus.HARD_REBOOT;
import static org.tresccad.instance.InstanceStatus.PAUSED;
import static org.tresccad.instance.InstanceStatus.REBOOT;
import static org.tresccad.instance.InstanceStatus.SHUTOFF;
import static org.tresccad.instance.InstanceStatus.SUSPENDED;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.identity.Caller;
import org.tresccad.job.Cancellation;
import org.tresccad.network.Network;

/** Start, stop, reboot, pause, suspend: what changes whether the guest runs, and nothing else. */
public final class PowerInstance {
    private static final Duration POLL = Duration.ofMillis(200);

    private final Actions actions;
    private final Hypervisor hypervisor;
    private final Network network;
    private final DomainSpecs specs;
    private final InstanceFiles files;
    private final Instances instances;
    private final StandStill standStill;
    private final Duration shutdownPatience;

    /** A guest that does not power itself off within {@code shutdownPatience} is switched off. */
    public PowerInstance(
            Actions actions,
            Hypervisor hypervisor,
            Network network,
            DomainSpecs specs,
            InstanceFiles files,
            Instances instances,
            StandStill standStill,
            Duration shutdownPatience) {
        this.actions = actions;
        this.hypervisor = hypervisor;
        this.network = network;
        this.specs = specs;
        this.files = files;
        this.instances = instances;
        this.standStill = standStill;
        this.shutdownPatience = shutdownPatience;
    }

    /** Boots a guest that is off. */
    public void start(Caller caller, InstanceId id) {
        actions.start(caller, id, Set.of(SHUTOFF), TaskState.POWERING_ON, Optional.empty(), this::boot);
    }

    /** Asks the guest to power off, and insists after a while. */
    public void stop(Caller caller, InstanceId id) {
        actions.start(caller, id, Set.of(ACTIVE, ERROR), TaskState.POWERING_OFF, Optional.empty(), instance -> {
            shutDown(instance);
            return SHUTOFF;
        });
    }

    /** Asks the guest to power off and boots it again. */
    public void softReboot(Caller caller, InstanceId id) {
        actions.start(caller, id, Set.of(ACTIVE), TaskState.REBOOTING, Optional.of(REBOOT), instance -> {
            shutDown(instance);
            return boot(instance);
        });
    }

    /** Switches the guest off, whatever it does, and boots it. */
    public void hardReboot(Caller caller, InstanceId id) {
        actions.start(
                caller,
                id,
                Set.of(ACTIVE, PAUSED, SUSPENDED, SHUTOFF, ERROR, REBOOT, HARD_REBOOT),
                TaskState.REBOOTING_HARD,
                Optional.of(HARD_REBOOT),
                instance -> {
                    hypervisor.destroy(instance.domain());
                    files.deleteMemory(instance.id());
                    return boot(instance);
                });
    }

    /** Stops the guest's CPUs. */
    public void pause(Caller caller, InstanceId id) {
        actions.run(caller, id, Set.of(ACTIVE), TaskState.PAUSING, instance -> {
            orGoOn(instance, () -> hypervisor.pause(instance.domain()));
            return PAUSED;
        });
    }

    /** Lets the guest's CPUs run again. */
    public void unpause(Caller caller, InstanceId id) {
        actions.run(caller, id, Set.of(PAUSED), TaskState.UNPAUSING, instance -> {
            hypervisor.resume(instance.domain());
            standStill.ended(instance);
            return ACTIVE;
        });
    }

    /** Writes the guest's memory to a file and frees it. */
    public void suspend(Caller caller, InstanceId id) {
        actions.start(caller, id, Set.of(ACTIVE), TaskState.SUSPENDING, Optional.empty(), instance -> {
            instances.change(id, Instance::withoutHardware);
            files.deleteMemory(id);
            orGoOn(instance, () -> {
                var frozen = hypervisor.freeze(instance.domain(), files.memory(id), stopped -> {});
                instances.change(id, i -> i.withHardware(frozen.hardware()));
            });
            hypervisor.destroy(instance.domain());
            return SUSPENDED;
        });
    }

    /** Brings a suspended guest back. */
    public void resume(Caller caller, InstanceId id) {
        actions.start(caller, id, Set.of(SUSPENDED), TaskState.RESUMING, Optional.empty(), instance -> {
            var hardware = instance.hardware().orElseThrow();
            network.apply();
            hypervisor.restorePaused(specs.forResume(instance, hardware), files.memory(id));
            files.spendMemory(id);
            hypervisor.resume(instance.domain());
            standStill.ended(instance);
            files.deleteMemory(id);
            return ACTIVE;
        });
    }

    /** Stops the CPUs by {@code stopping}; where that fails, the guest runs on and is told so. */
    private void orGoOn(Instance instance, Runnable stopping) {
        standStill.begins(instance);
        try {
            stopping.run();
        } catch (RuntimeException e) {
            standStill.ended(instance);
            throw e;
        }
    }

    private InstanceStatus boot(Instance instance) {
        standStill.forget(instance.id());
        network.apply();
        hypervisor.start(specs.forBoot(instance));
        return ACTIVE;
    }

    /** Returns when the domain is gone, by the guest's own doing or by ours. */
    private void shutDown(Instance instance) {
        if (hypervisor.state(instance.domain()).isPresent()) {
            hypervisor.requestShutdown(instance.domain());
            awaitGone(instance);
        }
        hypervisor.destroy(instance.domain());
    }

    private void awaitGone(Instance instance) {
        Cancellation never = new Cancellation();
        long deadline = System.nanoTime() + shutdownPatience.toNanos();
        while (System.nanoTime() < deadline
                && hypervisor.state(instance.domain()).isPresent()) {
            never.await(POLL);
        }
    }
}
