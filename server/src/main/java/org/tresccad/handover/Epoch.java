package org.tresccad.handover;

/**
 * One handover of one lineage.
 *
 * @param number counts the lineage's handovers from 1; an instance is born with epoch 0, which nothing decides
 */
public record Epoch(Lineage lineage, long number) {
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

    @Override
    public String toString() {
        return lineage + "/" + number;
    }
}
