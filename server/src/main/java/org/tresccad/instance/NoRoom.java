package org.tresccad.instance;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** The host has not enough memory or disk left. */
public final class NoRoom extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code needed} of {@code resource} were needed, {@code free} are free. */
    public NoRoom(String resource, String needed, String free) {
        super(
                ErrorKind.NO_SPACE,
                "Not enough " + resource + " on this host: " + needed + " needed, " + free + " free.");
    }
}
