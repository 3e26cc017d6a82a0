package org.tresccad.hypervisor;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** libvirt does not answer; guests that run go on running. */
public final class HypervisorUnavailable extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code message} is for the caller; {@code cause} for the log. */
    public HypervisorUnavailable(String message, Throwable cause) {
        super(ErrorKind.UNAVAILABLE, message, cause);
    }

    /** {@code message} is for the caller. */
    public HypervisorUnavailable(String message) {
        super(ErrorKind.UNAVAILABLE, message);
    }
}
