package org.tresccad.client.transfer;

/** Who hears what a move does that is done here, and not by a cloud. */
public interface MoveReport {
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
