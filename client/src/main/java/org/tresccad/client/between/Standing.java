package org.tresccad.client.between;

/**
 * What the registers say about who may run a package.
 *
 * @param why for people; a clause
 */
record Standing(Who who, String why) {
    /** Who may run it. */
    enum Who {
        /** Whoever claims it; for the target, once it is claimed at the source for the target. */
        OPEN,
        /** The target, which has claimed it, and has not said yet that it runs. */
        TARGET_CLAIMED,
        /** The target, which runs it. */
        TARGET_RUNS,
        /** The source: it was taken from the target. */
        SOURCE,
        /** Somebody else, or nobody any more. */
        OTHERS
    }
}
