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

    /** Wires it. */
    public AnswerClaim(Database database, Register register, Instances instances) {
        this.database = database;
        this.register = register;
        this.instances = instances;
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
            return register.decide(transaction, epoch, new Verdict.Claimed(claimant));
        });
    }
}
