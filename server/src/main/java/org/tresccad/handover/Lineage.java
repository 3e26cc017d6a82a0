package org.tresccad.handover;

import java.util.UUID;

/** The identity an instance keeps through all moves. Made once, with the instance; server ids may change, this does not. */
public record Lineage(UUID value) {
    /** A fresh one, for a new instance or a clone. */
    public static Lineage random() {
        return new Lineage(UUID.randomUUID());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
