package org.tresccad.client.cold;

import org.tresccad.client.transfer.Progress;

/** Who hears what a cold move does. */
public interface ColdReport {
    /** It does this now: "stopping web at laptop". */
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
