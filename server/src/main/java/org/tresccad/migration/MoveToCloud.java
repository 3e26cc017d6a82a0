package org.tresccad.migration;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.ForeignRegister;
import org.tresccad.handover.ForeignRegister.Standing;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.instance.InstanceId;
import org.tresccad.job.Cancellation;
import org.tresccad.migration.DecidingPeer.Server;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;

/**
 * What is different about a move into an OpenStack. Its epoch is decided in that cloud's image service, so that the cloud
 * need not reach this host. What the register there says is copied into this host's own, never the other way round: here
 * nothing is decided. The cloud claims by itself; this host looks, and takes back only what the register there gives back.
 */
public final class MoveToCloud {
    private static final Logger LOG = LoggerFactory.getLogger(MoveToCloud.class);

    /** A guest stands while its cloud starts it; that takes seconds, and it is known as soon as it is over. */
    private static final int LOOKS = 80;

    private final Database database;
    private final Moves moves;
    private final MoveHomes homes;
    private final Register register;
    private final Destinations destinations;
    private final Duration lookAgain;
    private final Clock clock;

    /** Wires it; looks at the cloud every {@code lookAgain}. */
    public MoveToCloud(
            Database database,
            Moves moves,
            Register register,
            Destinations destinations,
            Duration lookAgain,
            Clock clock) {
        this.database = database;
        this.moves = moves;
        this.homes = new MoveHomes(database);
        this.register = register;
        this.destinations = destinations;
        this.lookAgain = lookAgain;
        this.clock = clock;
    }

    /** Whether the epoch of a move is decided elsewhere. */
    public boolean isElsewhere(Move move) {
        return homes.find(move.id()).isPresent();
    }

    /** Journals, while the guest still runs, that the cloud at the other end decides, if it does. */
    void announce(Move move, Peer peer) {
        if (peer instanceof DecidingPeer cloud) {
            homes.insert(move.id(), cloud.home());
        }
    }

    /** The manifest with the home of the move's epoch in it. */
    Manifest describe(Move move, Manifest manifest) {
        return homes.find(move.id()).map(manifest::decidedAt).orElse(manifest);
    }

    /**
     * Has the cloud restore the package, which is complete there, and waits until it has claimed it; the claim is journaled
     * when this returns.
     *
     * @throws TresccadException when it will not, did not in time, or was cancelled: the epoch can still be claimed until
     *     it is taken back
     */
    Move awaitClaim(Move frozen, DecidingPeer cloud, Duration patience, Cancellation cancellation) {
        InstanceId server = cloud.restore(frozen.packageImage(), cancellation);
        LOG.info("move {}: {} prepares {}", frozen.id(), frozen.destination(), server);
        Move asked = moves.update(frozen.towards(server));
        long begunAt = System.nanoTime();
        while (true) {
            cancellation.throwIfCancelled();
            // In this order: a server that has claimed and then failed is found to have claimed.
            Server seen = cloud.server(server);
            Optional<Standing> standing = cloud.register().find(asked.epoch(), asked.nonce());
            if (standing.isPresent() && standing.get().verdict() instanceof Verdict.Claimed by) {
                if (!standing.get().isReturned()) {
                    return claimed(asked, by);
                }
                throw new TresccadException(ErrorKind.CONFLICT, given(seen, "it could not start the guest."));
            }
            if (standing.isPresent()) {
                throw new TresccadException(ErrorKind.CONFLICT, "The package was taken back elsewhere.");
            }
            switch (seen.state()) {
                case FAILED, GONE ->
                    throw new TresccadException(ErrorKind.CONFLICT, given(seen, "the server is gone."));
                case BUILDING, THERE -> {
                    if (System.nanoTime() - begunAt > patience.toNanos()) {
                        throw new TresccadException(
                                ErrorKind.TIMEOUT, "The destination did not prepare the guest in time.");
                    }
                }
            }
            cancellation.await(lookAgain);
        }
    }

    private static String given(Server seen, String otherwise) {
        return "The destination gave the package up: " + (seen.fault().isEmpty() ? otherwise : seen.fault());
    }

    /** Journals a claim that stands in the register elsewhere: from here on this host never runs the epoch. */
    Move claimed(Move frozen, Verdict.Claimed by) {
        Move claimed = frozen.in(MoveState.CLAIMED, Optional.empty(), clock.instant());
        database.execute(transaction -> {
            register.decide(transaction, frozen.epoch(), by);
            moves.update(transaction, claimed);
        });
        return claimed;
    }

    /**
     * Takes the epoch of a move back where it is decided, and answers what stands there.
     *
     * @throws TresccadException UNAVAILABLE, TIMEOUT, FORBIDDEN: nothing is known; the guest must not run
     */
    Verdict withdraw(Move frozen) {
        try (Peer peer = destinations.connect(frozen.project(), frozen.destination())) {
            return register(frozen, peer).withdraw(frozen.epoch(), frozen.nonce());
        }
    }

    /**
     * What the cloud's register holds of a move; empty when it has lost that.
     *
     * @throws TresccadException as {@link #withdraw}; UNAVAILABLE also when it is another cloud by now
     */
    Optional<Standing> standing(Move claimed, Peer peer) {
        return register(claimed, peer).find(claimed.epoch(), claimed.nonce());
    }

    /** Looks, for a while, at how a claimed move ends in the cloud. */
    End end(Move claimed, Peer peer) {
        Cancellation never = new Cancellation();
        for (int looks = 1; looks < LOOKS; looks++) {
            End seen = look(claimed, peer);
            if (seen != End.OPEN) {
                return seen;
            }
            never.await(lookAgain);
        }
        return look(claimed, peer);
    }

    private End look(Move claimed, Peer peer) {
        ForeignRegister there = register(claimed, peer);
        boolean isThere = claimed.remoteInstance()
                .filter(server -> ((DecidingPeer) peer).server(server).state() == Server.State.THERE)
                .isPresent();
        Optional<Standing> standing = there.find(claimed.epoch(), claimed.nonce());
        if (standing.filter(Standing::isReturned).isPresent()) {
            return there.withdraw(claimed.epoch(), claimed.nonce()) instanceof Verdict.Withdrawn
                    ? End.RETURNED
                    : End.OPEN;
        }
        return isThere || standing.filter(Standing::isRunning).isPresent() ? End.RUNNING : End.OPEN;
    }

    /** Removes from the cloud what was made there of a package that never ran. */
    void clean(Move ended, Peer peer) {
        if (isElsewhere(ended) && ended.state() == MoveState.WITHDRAWN) {
            deciding(ended, peer).deleteServers(ended.packageImage(), ended.remoteInstance());
        }
    }

    private ForeignRegister register(Move move, Peer peer) {
        DecidingPeer cloud = deciding(move, peer);
        Manifest.Home home = homes.find(move.id()).orElseThrow();
        if (!cloud.home().hostId().equals(home.hostId())) {
            throw new TresccadException(
                    ErrorKind.UNAVAILABLE,
                    "'" + move.destination() + "' is not the cloud any more that it was: its image service is "
                            + cloud.home().name() + ", and the move is decided at " + home.name() + ".");
        }
        return cloud.register();
    }

    private static DecidingPeer deciding(Move move, Peer peer) {
        if (peer instanceof DecidingPeer cloud) {
            return cloud;
        }
        throw new TresccadException(
                ErrorKind.UNAVAILABLE, "'" + move.destination() + "' does not answer as an OpenStack now.");
    }

    /** How a claimed move stands in the cloud. */
    enum End {
        /** The guest runs there. */
        RUNNING,
        /** It could not start and never ran; the register has given it back to this host. */
        RETURNED,
        /** Neither is known. */
        OPEN
    }
}
