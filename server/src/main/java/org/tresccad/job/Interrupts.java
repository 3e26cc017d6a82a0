package org.tresccad.job;

/** What a thread does about being interrupted, which for a job means that the daemon is stopping. */
public final class Interrupts {
    private Interrupts() {}

    /**
     * Runs {@code work} in this thread as if nobody had interrupted it: what has to be done even though the daemon is
     * stopping, such as letting a frozen guest run. The interrupt is there again afterwards, also when it throws.
     */
    public static void heldBack(Runnable work) {
        boolean wasInterrupted = Thread.interrupted();
        try {
            work.run();
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
