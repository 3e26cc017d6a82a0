package org.tresccad.instance;

import java.util.List;
import java.util.stream.Collectors;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** An instance cannot be resumed on a host, for all of these reasons. */
public final class CannotRunHere extends TresccadException {
    private static final long serialVersionUID = 1L;

    /** {@code where} names the host; {@code reasons} is not empty. */
    public CannotRunHere(String where, List<Preflight.Reason> reasons) {
        super(
                ErrorKind.CONFLICT,
                "It cannot be resumed on " + where + ": "
                        + reasons.stream().map(Preflight.Reason::message).collect(Collectors.joining(" ")));
    }
}
