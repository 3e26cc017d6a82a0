package org.tresccad.vmpackage;

/** Waiting for threads of our own that are certain to end. */
final class Threads {
    private Threads() {}

    /** Waits for the end of {@code thread} even when interrupted, and keeps the interrupt for later. */
    static void joinFully(Thread thread) {
        boolean wasInterrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
