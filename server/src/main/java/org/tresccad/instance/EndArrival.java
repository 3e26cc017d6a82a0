package org.tresccad.instance;

import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.image.Images;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Changes;
import org.tresccad.job.Jobs;
import org.tresccad.network.Network;
import org.tresccad.state.Database;

/** Carries out what was decided of an arrival: lets the guest run, once, or throws everything away. */
public final class EndArrival {
    private static final Logger LOG = LoggerFactory.getLogger(EndArrival.class);

    /**
     * How long the cable of a guest that must ask for another address is pulled. Linux looks at the link some time after
     * the device's interrupt: a guest that waits for its turn on a busy host would see nothing of a shorter pull.
     */
    static final Duration LINK_DOWN = Duration.ofSeconds(1);

    static final String SUPERSEDED = "The instance was reclaimed on another host at a higher epoch.";

    private final Database database;
    private final Instances instances;
    private final Arrivals arrivals;
    private final Quarantine quarantine;
    private final Homes homes;
    private final Hypervisor hypervisor;
    private final Network network;
    private final DomainSpecs specs;
    private final UnpackInstance unpacking;
    private final DeleteInstance deleting;
    private final InstanceFiles files;
    private final Residues residues;
    private final Images images;
    private final Actions actions;
    private final StandStill standStill;
    private final Jobs jobs;
    private final Clock clock;
    private final Changes changes;
    private final UUID hostId;
    private final Waiting waiting = new Waiting();

    /** Wires it; {@code hostId} is this host's. */
    public EndArrival(
            Database database,
            Instances instances,
            Arrivals arrivals,
            Quarantine quarantine,
            Homes homes,
            Hypervisor hypervisor,
            Network network,
            DomainSpecs specs,
            UnpackInstance unpacking,
            DeleteInstance deleting,
            InstanceFiles files,
            Residues residues,
            Images images,
            Actions actions,
            StandStill standStill,
            Jobs jobs,
            Clock clock,
            Changes changes,
            UUID hostId) {
        this.database = database;
        this.instances = instances;
        this.arrivals = arrivals;
        this.quarantine = quarantine;
        this.homes = homes;
        this.hypervisor = hypervisor;
        this.network = network;
        this.specs = specs;
        this.unpacking = unpacking;
        this.deleting = deleting;
        this.files = files;
        this.residues = residues;
        this.images = images;
        this.actions = actions;
        this.standStill = standStill;
        this.jobs = jobs;
        this.clock = clock;
        this.changes = changes;
        this.hostId = hostId;
    }

    /** Which arrivals wait for a verdict; those that end here do so no more. */
    Waiting waiting() {
        return waiting;
    }

    /** Whether its instance was reclaimed elsewhere, and is now known by a higher epoch. */
    boolean isSuperseded(Arrival arrival) {
        long own = instances
                .find(arrival.instance())
                .map(instance -> instance.epoch().number())
                .orElse(0L);
        return quarantine.newest(arrival.epoch().lineage())
                > Math.max(own, arrival.epoch().number());
    }

    /**
     * Throws away what came of an epoch that does not run here, unless it was accepted. What a move pushed leaves no
     * trace; what a user asked for stays as a failed instance, without disk or lineage, that tells why.
     */
    void discard(Arrival arrival, String why) {
        Arrival current = arrivals.find(arrival.epoch()).orElse(arrival);
        if (current.state() == ArrivalState.RECEIVING || current.state() == ArrivalState.PREPARED) {
            drop(current, why);
        }
    }

    private void drop(Arrival current, String why) {
        Optional<Instance> instance = instances.find(current.instance());
        if (current.state() == ArrivalState.RECEIVING) {
            // Useless whatever is journaled next, and perhaps what leaves the journal itself no room on the disk.
            instance.ifPresent(i -> files.delete(i.id()));
        }
        database.execute(transaction -> {
            arrivals.update(transaction, current.in(ArrivalState.DISCARDED, Optional.of(why), clock.instant()));
            instance.ifPresent(i -> {
                deleting.release(transaction, i);
                if (!current.isPushed()) {
                    instances.insert(
                            transaction,
                            i.atEpoch(new Epoch(Lineage.random(), 0)).failed(new Fault(why, 500, clock.instant())));
                }
            });
        });
        changes.raise();
        waiting.ends(current.epoch());
        try {
            dropPackage(current);
        } finally {
            instance.ifPresent(deleting::sweep);
        }
    }

    /**
     * Lets the guest run, once: its memory file is spent, durably, before its CPUs run, and a guest without domain and
     * memory file has crashed, like any other whose QEMU died. One that never ran and cannot be resumed is given back.
     */
    void run(Arrival accepted) {
        Instance instance = instances.find(accepted.instance()).orElseThrow();
        InstanceId id = instance.id();
        if (isSuperseded(accepted)) {
            arrived(accepted, InstanceStatus.SHUTOFF);
            quarantine.shutAway(instances.find(id).orElseThrow());
            return;
        }
        if (hypervisor.state(instance.domain()).isEmpty() && files.hasMemory(id)) {
            try {
                unpacking.prepare(instance);
            } catch (HypervisorRefused | UncheckedIOException e) {
                LOG.error("the guest of {} cannot be resumed here", accepted.epoch(), e);
                giveBack(accepted, instance, e);
                return;
            }
        }
        if (accepted.wasRunning()) {
            letRun(instance);
        }
        // Before the journal has it: a crash in between does it once more, which harms nobody.
        if (accepted.kind() == ArrivalKind.CLONE) {
            tryToReplaceNic(accepted, instance);
        } else if (accepted.hasNewAddress()) {
            tryToBounceLink(instance);
        }
        arrived(accepted, actions.observe(instance));
        files.deleteMemory(id);
        residues.drop(accepted.epoch().lineage());
        dropPackage(accepted);
        tellHome(accepted);
    }

    /** @throws TresccadException UNAVAILABLE when its QEMU has ended before its CPUs ran, so that this can be done again */
    private void letRun(Instance instance) {
        boolean isUnspent = files.hasMemory(instance.id());
        files.spendMemory(instance.id());
        if (hypervisor.state(instance.domain()).isPresent()) {
            hypervisor.resume(instance.domain());
            standStill.arrived(instance);
        } else if (isUnspent) {
            files.unspendMemory(instance.id());
            throw new TresccadException(
                    ErrorKind.UNAVAILABLE, "QEMU of instance " + instance.id() + " ended before its CPUs ran.");
        }
    }

    /** For people and programs that look there; nothing depends on it. */
    private void tellHome(Arrival accepted) {
        if (accepted.isPushed() || accepted.home().hostId().equals(hostId)) {
            return;
        }
        jobs.start("word that " + accepted.epoch() + " runs", () -> {
            try {
                homes.find(accepted.project(), accepted.home())
                        .ifPresent(home -> home.tellRunning(accepted.epoch(), accepted.nonce(), accepted.claimant()));
            } catch (TresccadException e) {
                LOG.info("the home of {} was not told that it runs: {}", accepted.epoch(), e.getMessage());
            }
        });
    }

    /** From here on it is an ordinary instance of this host. */
    private void arrived(Arrival accepted, InstanceStatus status) {
        database.execute(transaction -> {
            arrivals.update(transaction, accepted.in(ArrivalState.RUNNING, Optional.empty(), clock.instant()));
            instances
                    .find(transaction, accepted.instance())
                    .ifPresent(i -> instances.update(transaction, i.with(status, Optional.empty(), clock.instant())));
        });
        changes.raise();
        waiting.ends(accepted.epoch());
    }

    /** A source that drives the move has kept everything and goes on; a saved guest has no other place than this. */
    private void giveBack(Arrival accepted, Instance instance, RuntimeException why) {
        if (accepted.isPushed() && accepted.kind() == ArrivalKind.HANDOVER) {
            drop(accepted, "The destination could not resume the guest: " + why.getMessage());
        } else {
            LOG.error("instance {} is suspended: its memory is kept, to be resumed by its owner", instance.id());
            arrived(accepted, InstanceStatus.SUSPENDED);
        }
    }

    /**
     * A guest asks DHCP for an address when its cable was out; that is how it learns of the new one. One whose link
     * cannot be moved has arrived all the same, and asks when its lease ends.
     */
    private void tryToBounceLink(Instance instance) {
        try {
            network.portOf(instance.holder()).ifPresent(port -> {
                hypervisor.setLink(instance.domain(), port.mac(), false);
                try {
                    new Cancellation().await(LINK_DOWN);
                } finally {
                    hypervisor.setLink(instance.domain(), port.mac(), true);
                }
            });
        } catch (RuntimeException e) {
            LOG.error("instance {} does not know its new address before its lease ends", instance.id(), e);
        }
    }

    /**
     * A clone has its original's MAC address in its memory, with which the host lets it say nothing. It learns of its own
     * by a new card, for which its CPUs must run; else it has its own from its next boot on.
     */
    private void tryToReplaceNic(Arrival accepted, Instance clone) {
        if (!accepted.wasRunning() || hypervisor.state(clone.domain()).isEmpty()) {
            return;
        }
        try {
            hypervisor.replaceNic(specs.forResume(clone, clone.hardware().orElseThrow()));
        } catch (RuntimeException e) {
            LOG.error("clone {} has no network before it is rebooted", clone.id(), e);
        }
    }

    /** The package of a move served that move only; any other belongs to its owner, who may delete it. */
    private void dropPackage(Arrival arrival) {
        if (arrival.move().isPresent()) {
            images.discard(arrival.image());
        }
    }
}
