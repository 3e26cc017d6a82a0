package org.tresccad.client.handover;

import java.util.UUID;

/**
 * One epoch of one lineage, as the manifest of its package names it.
 *
 * @param nonce known only to those who have the package; the ids of the register's records are made from it
 */
public record FrozenEpoch(UUID lineage, long number, UUID nonce) {
    /** Checks the range. */
    public FrozenEpoch {
        if (number < 1) {
            throw new IllegalArgumentException("a frozen epoch has a number from 1");
        }
    }

    /** Id of the record of its attempt {@code attempt}, from 0. */
    UUID record(int attempt) {
        return NamedIds.of(nonce, attempt == 0 ? String.valueOf(number) : number + "." + attempt);
    }

    @Override
    public String toString() {
        return lineage + "/" + number;
    }
}
