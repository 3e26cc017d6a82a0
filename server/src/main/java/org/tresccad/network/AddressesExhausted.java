package org.tresccad.network;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** Every address of the guest network is given away. */
public final class AddressesExhausted extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** No address of {@code network} (CIDR notation) is free. */
    public AddressesExhausted(String network) {
        super(ErrorKind.QUOTA_EXCEEDED, "No address is free in the guest network " + network + ".");
    }
}
