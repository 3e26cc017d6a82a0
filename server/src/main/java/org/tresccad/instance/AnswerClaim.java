package org.tresccad.instance;

import java.util.UUID;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.state.Database;

/** The home's side of a claim: another host has restored a package of ours and asks whether it may run it. */
public final class AnswerClaim {
    private final Database database;
    private final Register register;
    private final Instances instances;
    private final Arrivals arrivals;
    private final Quarantine quarantine;

    /** Wires it. */
    public AnswerClaim(
            Database database, Register register, Instances instances, Arrivals arrivals, Quarantine quarantine) {
        this.database = database;
        this.register = register;
        this.instances = instances;
        this.arrivals = arrivals;
        this.quarantine = quarantine;
    }

    /**
     * Writes the claim unless the epoch is decided, and answers what stands.
     *
     * @throws TresccadException NOT_FOUND for an epoch whose home is not here, another project's, or a wrong nonce;
     *     CONFLICT while the instance itself is still being saved or moved by this host
     */
    public Verdict claim(Caller caller, Epoch epoch, UUID nonce, Claimant claimant) {
        caller.require(Role.MEMBER);
        return database.transaction(transaction -> {
            boolean isKnown = register.find(transaction, epoch)
                    .filter(entry -> caller.sees(entry.owner()) && entry.nonce().equals(nonce))
                    .isPresent();
            if (!isKnown) {
                throw new TresccadException(ErrorKind.NOT_FOUND, "Epoch " + epoch + " is not known here.");
            }
            boolean isInMyHands = instances.find(transaction, epoch.lineage()).stream()
                    .anyMatch(i -> i.epoch().next().equals(epoch));
            if (isInMyHands) {
                throw new TresccadException(
                        ErrorKind.CONFLICT,
                        "This host is still saving or moving the instance itself; ask again later.");
            }
            boolean isSuperseded =
                    register.highest(transaction, epoch.lineage()).orElse(0L) > epoch.number();
            return register.decide(
                    transaction, epoch, isSuperseded ? new Verdict.Withdrawn() : new Verdict.Claimed(claimant));
        });
    }

    /**
     * Somebody who had the package of {@code given} says that its owner gave this host up, and reclaimed the instance at a
     * higher epoch: what there is here of a lower one is stopped for good.
     *
     * @throws TresccadException NOT_FOUND for an epoch that is not known here, another project's, or a wrong nonce
     */
    public void superseded(Caller caller, Epoch given, UUID nonce, long raised) {
        caller.require(Role.MEMBER);
        requireKnown(caller, given, nonce);
        quarantine.learn(given.lineage(), raised);
    }

    /**
     * The highest decided epoch of the lineage that is known here, for one who had the package of {@code given}.
     *
     * @throws TresccadException NOT_FOUND as {@link #superseded}
     */
    public long newest(Caller caller, Epoch given, UUID nonce) {
        requireKnown(caller, given, nonce);
        return quarantine.newest(given.lineage());
    }

    private void requireKnown(Caller caller, Epoch given, UUID nonce) {
        boolean isHome = database.read(handle -> register.find(handle, given))
                .filter(entry -> caller.sees(entry.owner()) && entry.nonce().equals(nonce))
                .isPresent();
        boolean cameHere = arrivals.find(given)
                .filter(arrival ->
                        caller.sees(arrival.project()) && arrival.nonce().equals(nonce))
                .isPresent();
        if (!isHome && !cameHere) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "Epoch " + given + " is not known here.");
        }
    }
}
