package org.tresccad.handover;

import java.util.Optional;
import java.util.UUID;

/**
 * A register that is not this host's: one in the image service of an OpenStack, where a package lies that is decided
 * there. Errors: UNAVAILABLE or TIMEOUT when there is no answer, and then nothing is known; FORBIDDEN when the epoch is
 * decided and nobody here can read how, so that it never runs here. Whoever asks again gets the same answer.
 */
public interface ForeignRegister {
    /** Claims the epoch, and answers what stands. */
    Verdict claim(Epoch epoch, UUID nonce, Claimant claimant);

    /** Takes the epoch back, and answers what stands. */
    Verdict withdraw(Epoch epoch, UUID nonce);

    /** What stands; empty while nothing is decided. */
    Optional<Standing> find(Epoch epoch, UUID nonce);

    /** Says that the guest of {@code claimant} runs. */
    void tellRunning(Epoch epoch, UUID nonce, Claimant claimant);

    /**
     * What a register says about an epoch.
     *
     * @param isRunning whether the claimant has said that the guest runs
     * @param isReturned whether the claimant has said that it never did and never will: it can be taken back
     */
    record Standing(Verdict verdict, boolean isRunning, boolean isReturned) {}
}
