package org.tresccad.network;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * The guest network cannot be set up beside what is already there (a bridge of somebody else, ports outside the
 * configured network). Nothing was changed; the operator has to decide.
 */
public final class NetworkConflict extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code message} says what was found and what to do. */
    public NetworkConflict(String message) {
        super(ErrorKind.CONFLICT, message);
    }
}
