package org.tresccad.instance;

import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.instance.InstanceLocks.Held;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Jobs;
import org.tresccad.state.Database;

/** Leads a prepared arrival to its end: gets or is told the verdict, journals it, and only then has it carried out. */
public final class ConcludeArrival {
    private static final Logger LOG = LoggerFactory.getLogger(ConcludeArrival.class);

    /** A question to a home that is under way ends within this. */
    private static final Duration LONGEST_QUESTION = Duration.ofMinutes(2);

    /** How a home sounds that does not answer, or has lost its register. */
    private static final Set<ErrorKind> LOST = Set.of(ErrorKind.UNAVAILABLE, ErrorKind.TIMEOUT, ErrorKind.NOT_FOUND);

    private final Database database;
    private final Instances instances;
    private final Arrivals arrivals;
    private final Register register;
    private final Reclaims reclaims;
    private final Homes homes;
    private final Hypervisor hypervisor;
    private final UnpackInstance unpacking;
    private final EndArrival ending;
    private final InstanceLocks locks;
    private final Jobs jobs;
    private final Clock clock;
    private final Duration askAgain;
    private final UUID hostId;
    private final Waiting waiting;

    /** A home that does not answer is asked again every {@code askAgain}; {@code hostId} is this host's. */
    public ConcludeArrival(
            Database database,
            Instances instances,
            Arrivals arrivals,
            Register register,
            Reclaims reclaims,
            Homes homes,
            Hypervisor hypervisor,
            UnpackInstance unpacking,
            EndArrival ending,
            InstanceLocks locks,
            Jobs jobs,
            Clock clock,
            Duration askAgain,
            UUID hostId) {
        this.database = database;
        this.instances = instances;
        this.arrivals = arrivals;
        this.register = register;
        this.reclaims = reclaims;
        this.homes = homes;
        this.hypervisor = hypervisor;
        this.unpacking = unpacking;
        this.ending = ending;
        this.waiting = ending.waiting();
        this.locks = locks;
        this.jobs = jobs;
        this.clock = clock;
        this.askAgain = askAgain;
        this.hostId = hostId;
    }

    /**
     * Goes on with a prepared arrival whose instance's lock is held: asks the home unless the source will tell us. From
     * here on only a verdict for somebody else, or a home that does not know the epoch, throws the arrival away: a claim
     * whose answer was lost may already stand. When the daemon stops first, it stays prepared.
     */
    public void conclude(Arrival prepared, Cancellation cancellation) {
        waiting.begins(prepared.epoch(), clock.instant());
        if (ending.isSuperseded(prepared)) {
            ending.discard(prepared, EndArrival.SUPERSEDED);
        } else if (prepared.kind() == ArrivalKind.RECLAIM) {
            decided(prepared, () -> reclaimOrObey(prepared));
        } else if (prepared.kind() == ArrivalKind.CLONE) {
            // Nobody else can have a lineage that was made here for this arrival.
            decided(prepared, new Verdict.Claimed(prepared.claimant()));
        } else if (prepared.home().hostId().equals(hostId)) {
            decided(prepared, () -> decideHere(prepared));
        } else if (!prepared.isPushed()) {
            decided(prepared, () -> askHome(prepared, cancellation));
        }
    }

    /** For {@code epoch} somebody at the other end was heard of. */
    public void heardOf(Epoch epoch) {
        waiting.heard(epoch, clock.instant());
    }

    /** Whether the one who decides, or tells, about a prepared arrival has been silent for a while. */
    public boolean isUncertain(Arrival arrival) {
        return arrival.state() == ArrivalState.PREPARED && waiting.isSilent(arrival.epoch(), clock.instant());
    }

    /**
     * Gives up the home of a prepared arrival, which is lost for ever: the epoch is raised and decided for this host, and
     * the guest runs. From here on it is not promised that nobody else runs it, should the home not be lost after all.
     *
     * @return the arrival as it is then
     * @throws TresccadException CONFLICT when it is not prepared, or the home answers
     */
    public Arrival reclaim(Epoch epoch) {
        Arrival known = arrivals.find(epoch).orElseThrow();
        requirePrepared(known);
        Waiting.Pass pass = waiting.makeWay(epoch);
        try (pass) {
            Held lock = locks.await(known.instance(), LONGEST_QUESTION);
            try (lock) {
                Arrival prepared = arrivals.find(epoch).orElseThrow();
                requirePrepared(prepared);
                if (!isThere(prepared)) {
                    throw new TresccadException(
                            ErrorKind.CONFLICT, "The guest's memory was lost; there is nothing to reclaim.");
                }
                answerOfHome(prepared).ifPresent(verdict -> {
                    throw new TresccadException(
                            ErrorKind.CONFLICT,
                            "The home '" + prepared.source() + "' answers; its word counts, and is carried out.");
                });
                ending.run(raise(prepared));
            }
        }
        return arrivals.find(epoch).orElseThrow();
    }

    private static void requirePrepared(Arrival arrival) {
        if (arrival.state() != ArrivalState.PREPARED || arrival.kind() == ArrivalKind.CLONE) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "Instance " + arrival.instance() + " is " + arrival.state()
                            + "; only one that is PREPARED waits for its home and can be reclaimed.");
        }
    }

    /** For a package that was to be reclaimed: a home that answers is obeyed. */
    private Verdict reclaimOrObey(Arrival prepared) {
        Optional<Verdict> answered = answerOfHome(prepared);
        if (answered.isPresent()) {
            return answered.get();
        }
        ending.run(raise(prepared));
        return new Verdict.Claimed(prepared.claimant());
    }

    /**
     * The home's verdict, if it gives one.
     *
     * @throws TresccadException CONFLICT when it answers, and has not decided yet
     */
    private Optional<Verdict> answerOfHome(Arrival prepared) {
        if (prepared.home().hostId().equals(hostId)) {
            return Optional.of(decideHere(prepared));
        }
        try {
            return homes.find(prepared.project(), prepared.home())
                    .map(home -> home.claim(prepared.epoch(), prepared.nonce(), prepared.claimant()));
        } catch (TresccadException e) {
            if (LOST.contains(e.kind())) {
                LOG.warn("the home of {} is given up: {}", prepared.epoch(), e.getMessage());
                return Optional.empty();
            }
            throw e;
        }
    }

    /** One transaction: the raised epoch is this host's, and the arrival is accepted by that. */
    private Arrival raise(Arrival prepared) {
        return database.transaction(transaction -> {
            Instance instance = instances.find(transaction, prepared.instance()).orElseThrow();
            Epoch raised = prepared.epoch().raised(new SecureRandom());
            register.open(transaction, raised, UUID.randomUUID(), instance.project());
            register.decide(transaction, raised, new Verdict.Withdrawn());
            reclaims.insert(
                    transaction,
                    new Reclaims.Reclaim(prepared.epoch(), prepared.nonce(), raised, prepared.project()),
                    Optional.of(prepared.home()));
            instances.update(transaction, instance.atEpoch(raised));
            Arrival accepted = prepared.reclaimed().in(ArrivalState.ACCEPTED, Optional.empty(), clock.instant());
            arrivals.update(transaction, accepted);
            return accepted;
        });
    }

    /** Tells homes that were given up and answer again, now and then. */
    private void tellLostHomes() {
        for (Reclaims.Untold untold : reclaims.untold()) {
            Reclaims.Reclaim reclaim = untold.reclaim();
            if (homes.supersede(reclaim.project(), untold.home(), reclaim.given(), reclaim.nonce(), reclaim.raised())) {
                reclaims.told(reclaim.given());
            }
        }
    }

    private void decided(Arrival prepared, Supplier<Verdict> home) {
        Verdict verdict;
        try {
            verdict = home.get();
        } catch (Cancelled e) {
            LOG.info("arrival {} stays prepared: {}", prepared.epoch(), e.getMessage());
            return;
        } catch (TresccadException e) {
            ending.discard(prepared, String.valueOf(e.getMessage()));
            return;
        }
        if (arrivals.find(prepared.epoch()).orElseThrow().state() == ArrivalState.PREPARED) {
            decided(prepared, verdict);
        }
    }

    /** This host is the home: the claim stands once this returns, and is asked for again after a crash. */
    private Verdict decideHere(Arrival prepared) {
        return database.transaction(transaction -> {
            requireNonce(register.find(transaction, prepared.epoch()), prepared);
            return register.decide(transaction, prepared.epoch(), new Verdict.Claimed(prepared.claimant()));
        });
    }

    /**
     * The source tells the verdict of an epoch that came here; telling again changes nothing.
     *
     * @return the arrival as it is now
     * @throws TresccadException NOT_FOUND when it never came here, or {@code nonce} is not its own; CONFLICT when no
     *     source pushed it and its end is open: the home is asked, and nobody else believed
     */
    public Arrival told(Epoch epoch, UUID nonce, Verdict verdict) {
        Arrival arrival = arrivals.find(epoch)
                .filter(a -> a.nonce().equals(nonce))
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "Epoch " + epoch + " never came here."));
        arrival.requireTellable();
        if (!arrival.state().isFinal() && arrival.state() != ArrivalState.RECEIVING) {
            Held lock = locks.take(arrival.instance());
            try (lock) {
                Arrival current = arrivals.find(epoch).orElseThrow();
                if (current.state() == ArrivalState.PREPARED) {
                    decided(current, verdict);
                } else if (current.state() == ArrivalState.ACCEPTED) {
                    ending.run(current);
                }
            }
        }
        return arrivals.find(epoch).orElseThrow();
    }

    /** After a restart: takes every arrival up where its journal left it. */
    public void recover() {
        for (Arrival arrival : arrivals.unfinished()) {
            LOG.info("arrival {} was {} when the daemon stopped", arrival.epoch(), arrival.state());
            if (arrival.state() == ArrivalState.RECEIVING) {
                try {
                    ending.discard(arrival, "The target restarted while it received the package.");
                } catch (RuntimeException e) {
                    LOG.error("what came of {} could not be removed whole", arrival.epoch(), e);
                }
            }
        }
        retry();
    }

    /** Goes on, in the background, with arrivals that nothing works on; at the start, and now and then. */
    public void retry() {
        jobs.start("telling homes that were given up", this::tellLostHomes);
        arrivals.unfinished().stream()
                .filter(arrival -> arrival.state() != ArrivalState.RECEIVING && !waiting.isInTheWay(arrival.epoch()))
                .forEach(arrival -> jobs.start("arrival " + arrival.epoch(), () -> goOn(arrival.epoch())));
    }

    private void goOn(Epoch epoch) {
        Arrival arrival = arrivals.find(epoch).orElseThrow();
        Held lock;
        try {
            lock = locks.take(arrival.instance());
        } catch (TresccadException e) {
            LOG.debug("arrival {} is being worked on", epoch, e);
            return;
        }
        try (lock) {
            Arrival current = arrivals.find(epoch).orElseThrow();
            switch (current.state()) {
                case PREPARED -> {
                    if (isThere(current)) {
                        conclude(current, new Cancellation());
                    }
                }
                case ACCEPTED -> ending.run(current);
                case RECEIVING, RUNNING, DISCARDED -> {}
            }
        } catch (TresccadException e) {
            LOG.info("arrival {} is tried again later: {}", epoch, e.getMessage());
        }
    }

    /** Whether the prepared guest exists; it is made again from its memory file when a restart of the host has lost it. */
    private boolean isThere(Arrival prepared) {
        Instance instance = instances.find(prepared.instance()).orElseThrow();
        if (hypervisor.state(instance.domain()).isPresent()) {
            return true;
        }
        try {
            unpacking.prepare(instance);
            return true;
        } catch (HypervisorRefused | UncheckedIOException e) {
            LOG.error("the prepared guest of {} cannot be made again", prepared.epoch(), e);
            // A source that pushes takes it back; any other package may be tried again here, with the same claim.
            ending.discard(prepared, "The prepared guest was lost in a restart and cannot be made again.");
            return false;
        }
    }

    private Verdict askHome(Arrival prepared, Cancellation cancellation) {
        Waiting.Pass asking = waiting.asks(prepared.epoch(), cancellation);
        try (asking) {
            while (true) {
                Optional<Verdict> verdict = askOnce(prepared);
                if (verdict.isPresent()) {
                    return verdict.get();
                }
                cancellation.await(askAgain);
            }
        }
    }

    private Optional<Verdict> askOnce(Arrival prepared) {
        try {
            return homes.find(prepared.project(), prepared.home())
                    .map(home -> home.claim(prepared.epoch(), prepared.nonce(), prepared.claimant()));
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.FORBIDDEN) {
                throw e;
            }
            if (e.kind() == ErrorKind.CONFLICT) {
                // The home is still saving it, and may yet take that back.
                heardOf(prepared.epoch());
            }
            LOG.info("the home of {} gives no verdict yet, asking again: {}", prepared.epoch(), e.getMessage());
            return Optional.empty();
        }
    }

    private void decided(Arrival prepared, Verdict verdict) {
        if (ending.isSuperseded(prepared)) {
            ending.discard(prepared, EndArrival.SUPERSEDED);
        } else if (isOurs(prepared, verdict)) {
            ending.run(database.transaction(transaction -> journalAccepted(transaction, prepared)));
        } else {
            ending.discard(
                    prepared,
                    verdict instanceof Verdict.Withdrawn
                            ? "The source has taken the instance back."
                            : "Another copy of the instance was given this epoch.");
        }
    }

    private Arrival journalAccepted(Handle transaction, Arrival prepared) {
        Arrival accepted = prepared.in(ArrivalState.ACCEPTED, Optional.empty(), clock.instant());
        arrivals.update(transaction, accepted);
        register.remember(transaction, prepared.epoch());
        return accepted;
    }

    private static boolean isOurs(Arrival arrival, Verdict verdict) {
        return verdict instanceof Verdict.Claimed claimed && claimed.by().equals(arrival.claimant());
    }

    private static void requireNonce(Optional<Register.Entry> entry, Arrival arrival) {
        if (entry.filter(e -> e.nonce().equals(arrival.nonce())).isEmpty()) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "The package claims to come from this host, but this host never opened epoch " + arrival.epoch()
                            + " with that nonce.");
        }
    }
}
