package org.tresccad.instance;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Jobs;

/**
 * Steps the wall clock of a guest that stood still, through QEMU's guest agent where one runs. Always in the background:
 * nothing waits for it, and what the agent answers is believed in nothing.
 */
public final class GuestClock {
    private static final Logger LOG = LoggerFactory.getLogger(GuestClock.class);
    /** The agent's port is opened anew for each domain, some time after its CPUs began to run. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Hypervisor hypervisor;
    private final Jobs jobs;

    /** Wires it. */
    public GuestClock(Hypervisor hypervisor, Jobs jobs) {
        this.hypervisor = hypervisor;
        this.jobs = jobs;
    }

    /** Begins to step the clock of {@code instance}, whose CPUs run, and returns. */
    void step(Instance instance) {
        try {
            jobs.start("clock of " + instance.id(), () -> tryToKeepAtIt(instance));
        } catch (RejectedExecutionException e) {
            LOG.debug("the daemon stops and leaves the clock of instance {} behind", instance.id(), e);
        }
    }

    private void tryToKeepAtIt(Instance instance) {
        try {
            keepAtIt(instance);
        } catch (Cancelled e) {
            LOG.debug("the daemon stops before the clock of instance {} is set", instance.id(), e);
        }
    }

    private void keepAtIt(Instance instance) {
        Cancellation never = new Cancellation();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        do {
            try {
                if (hypervisor.setClock(instance.domain())) {
                    LOG.info("instance {} has the time again", instance.id());
                    return;
                }
            } catch (TresccadException e) {
                // Once: an agent that hangs, or that somebody in the guest has replaced, gets no second chance.
                LOG.info("the clock of instance {} is not set: {}", instance.id(), e.getMessage());
                return;
            }
            never.await(PAUSE);
        } while (System.nanoTime() < deadline);
        LOG.debug("instance {} has no agent to set its clock", instance.id());
    }
}
