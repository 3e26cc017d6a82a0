package org.tresccad.handover;

import java.util.UUID;

/** Who claims an epoch: the copies of one package that one host prepares, of which at most one ever runs. */
public record Claimant(UUID value) {
    /** A fresh one. */
    public static Claimant random() {
        return new Claimant(UUID.randomUUID());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
