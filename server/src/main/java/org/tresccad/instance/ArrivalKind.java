package org.tresccad.instance;

/** As what an instance arrives from a package. */
public enum ArrivalKind {
    /** As itself, at the package's epoch, if the home of that says so. */
    HANDOVER,
    /** As another: a lineage of its own from epoch 0, which nothing decides; the package's is left alone. */
    CLONE,
    /**
     * As itself, at a raised epoch, because its owner has given up the home of the package's; the one exception to the
     * rule that one alone runs.
     */
    RECLAIM
}
