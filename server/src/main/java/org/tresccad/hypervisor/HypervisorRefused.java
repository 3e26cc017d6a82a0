package org.tresccad.hypervisor;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** libvirt or QEMU refused an operation; the message says which and why, in our words. */
public final class HypervisorRefused extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code message} is for the caller; {@code cause} for the log. */
    public HypervisorRefused(String message, Throwable cause) {
        super(ErrorKind.CONFLICT, message, cause);
    }

    /** {@code message} is for the caller. */
    public HypervisorRefused(String message) {
        super(ErrorKind.CONFLICT, message);
    }
}
