package org.tresccad.handover;

import java.util.random.RandomGenerator;

/**
 * One handover of one lineage.
 *
 * @param number counts the lineage's handovers from 1; an instance is born with epoch 0, which nothing decides
 */
public record Epoch(Lineage lineage, long number) {
    /** By how much {@link #raised} raises, at least. */
    static final long RAISE = 1L << 20;

    /** Checks the range. */
    public Epoch {
        if (number < 0) {
            throw new IllegalArgumentException("negative epoch");
        }
    }

    /** The epoch that the next handover of this lineage opens. */
    public Epoch next() {
        return new Epoch(lineage, number + 1);
    }

    /** The one before. */
    public Epoch previous() {
        return new Epoch(lineage, number - 1);
    }

    /**
     * The epoch of an instance whose owner has given up the home of this one. Far above whatever that home may count on to
     * if it is not lost after all, and at random, so that of two hosts where that was done one is above the other.
     */
    public Epoch raised(RandomGenerator random) {
        return new Epoch(lineage, number + RAISE + random.nextLong(RAISE));
    }

    @Override
    public String toString() {
        return lineage + "/" + number;
    }
}
