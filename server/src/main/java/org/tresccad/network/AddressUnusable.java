package org.tresccad.network;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** An address that was asked for can never be a guest's on this host: outside the guest network, or reserved. */
public final class AddressUnusable extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code address} is not for guests of {@code subnet}. */
    public AddressUnusable(Ipv4 address, Subnet subnet) {
        super(
                ErrorKind.BAD_REQUEST,
                "Address " + address + " cannot be given to a guest; the guest network is " + subnet + ".");
    }
}
