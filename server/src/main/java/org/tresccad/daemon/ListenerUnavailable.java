package org.tresccad.daemon;

import org.tresccad.daemon.config.HostPort;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** A listener could not bind its address. */
public final class ListenerUnavailable extends TresccadException {
    private static final long serialVersionUID = 1L;

    ListenerUnavailable(String name, HostPort address, String reason, Throwable cause) {
        super(ErrorKind.UNAVAILABLE, "The listener " + name + " cannot listen on " + address + ": " + reason, cause);
    }
}
