package org.tresccad.instance;

import java.util.Optional;
import java.util.UUID;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.ForeignRegister;
import org.tresccad.handover.Verdict;
import org.tresccad.identity.ProjectId;
import org.tresccad.vmpackage.Manifest;

/** Registers on other hosts, as far as a project's clouds reach them. */
public interface Homes {
    /** A way to the register of {@code home}; empty when none of the project's clouds is that host. */
    Optional<Home> find(ProjectId project, Manifest.Home home);

    /**
     * Tells the home of an epoch, if it answers again, that its package was reclaimed here.
     *
     * @return whether it has heard, or is not the one that it was; false when it cannot be asked
     */
    default boolean supersede(ProjectId project, Manifest.Home home, Epoch given, UUID nonce, Epoch raised) {
        return false;
    }

    /** The register of {@code home}, when it lies in the image service of one of the project's clouds. */
    default Optional<ForeignRegister> register(ProjectId project, Manifest.Home home) {
        return Optional.empty();
    }

    /** The register of one other host. */
    interface Home {
        /**
         * Asks for the epoch; asking again gives the same answer.
         *
         * @throws org.tresccad.error.TresccadException UNAVAILABLE when there is no answer: then nothing is decided
         */
        Verdict claim(Epoch epoch, UUID nonce, Claimant claimant);

        /**
         * Says there that the guest runs, for those who wait for it. A host that is the home is not told: there the source
         * of a move asks by itself, and nobody waits for anything else.
         */
        default void tellRunning(Epoch epoch, UUID nonce, Claimant claimant) {}
    }
}
