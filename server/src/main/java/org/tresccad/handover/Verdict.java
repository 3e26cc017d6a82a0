package org.tresccad.handover;

/** What a register says for ever about a decided epoch. */
public sealed interface Verdict {
    /** {@code by}, and nobody else, runs the instance from this epoch on. */
    record Claimed(Claimant by) implements Verdict {}

    /** The source kept the instance; the package of this epoch must never run. */
    record Withdrawn() implements Verdict {}
}
