package org.tresccad.process;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** A program was killed because the thread that waited for it was interrupted; that thread's flag is set again. */
public final class CommandInterrupted extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code program} was killed on the way. */
    public CommandInterrupted(String program) {
        super(ErrorKind.UNAVAILABLE, program + " was stopped because the daemon is shutting down or was told to stop.");
    }
}
