package org.tresccad.job;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** The operation was asked to end before it was done. */
public final class Cancelled extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** Ended because of {@code reason}. */
    public Cancelled(String reason) {
        super(ErrorKind.CONFLICT, "Cancelled: " + reason);
    }
}
