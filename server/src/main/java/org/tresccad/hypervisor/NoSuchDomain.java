package org.tresccad.hypervisor;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** The domain is not there (any more). */
public final class NoSuchDomain extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code message} is for the caller; {@code cause} for the log. */
    public NoSuchDomain(String message, Throwable cause) {
        super(ErrorKind.CONFLICT, message, cause);
    }

    /** {@code message} is for the caller. */
    public NoSuchDomain(String message) {
        super(ErrorKind.CONFLICT, message);
    }
}
