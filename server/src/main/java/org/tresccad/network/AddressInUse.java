package org.tresccad.network;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** A MAC or IP address that was asked for belongs to another port of this host. */
public final class AddressInUse extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code address} is taken. */
    public AddressInUse(String address) {
        super(ErrorKind.CONFLICT, "Address " + address + " is in use on this host.");
    }
}
