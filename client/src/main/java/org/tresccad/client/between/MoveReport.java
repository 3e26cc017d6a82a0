package org.tresccad.client.between;

import org.tresccad.client.transfer.Progress;

/** Who hears what a move between two OpenStacks does. */
public interface MoveReport {
    /** It does this now: "saving at a". */
    void phase(String words);

    /** Something its owner should know, as a sentence. */
    void note(String sentence);

    /** Data begin to be copied; closed when they are. */
    Transfer transfer(String what);

    /** One transfer. */
    interface Transfer extends Progress, AutoCloseable {
        @Override
        void close();
    }
}
