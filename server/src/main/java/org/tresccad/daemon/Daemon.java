package org.tresccad.daemon;

import org.tresccad.daemon.config.Config;

/** What the command line starts. {@link Wiring} is the real one. */
public interface Daemon {
    /**
     * Builds and starts everything; on failure everything that was started is stopped again.
     *
     * @throws org.tresccad.error.TresccadException with a sentence for the operator
     */
    Running start(Config config);

    /** Removes from the host what outlives the process: bridge, rules, filters. Guests must be gone. */
    void cleanup(Config config);

    /** The hash of a password, as {@code password_hash} in the configuration takes it. */
    String hashPassword(String password);

    /** A started daemon. */
    interface Running extends AutoCloseable {
        /** One line for the operator: where it can be reached and how to know that it is the right one. */
        String announcement();

        /** Stops everything in reverse order, within seconds; guests run on. Never throws. */
        @Override
        void close();
    }
}
