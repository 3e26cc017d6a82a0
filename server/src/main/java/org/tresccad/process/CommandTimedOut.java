package org.tresccad.process;

import java.time.Duration;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** A program was killed because it took longer than it may. */
public final class CommandTimedOut extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code program} was killed after {@code timeout}. */
    public CommandTimedOut(String program, Duration timeout) {
        super(ErrorKind.TIMEOUT, program + " did not end within " + timeout.toSeconds() + " s");
    }
}
