package org.tresccad.daemon;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * Certificate or key cannot be used. Raised only while the daemon starts, to its operator, so the message may name
 * files.
 */
public final class TlsUnusable extends TresccadException {
    private static final long serialVersionUID = 1L;

    TlsUnusable(String message) {
        super(ErrorKind.UNAVAILABLE, message);
    }

    TlsUnusable(String message, Throwable cause) {
        super(ErrorKind.UNAVAILABLE, message, cause);
    }
}
