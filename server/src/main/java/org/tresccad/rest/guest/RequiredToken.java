package org.tresccad.rest.guest;

import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.metadata.GuestCaller;
import org.tresccad.metadata.SessionTokens;

/** What changes something needs a token of the guest's own. */
final class RequiredToken {
    private RequiredToken() {}

    /**
     * Refuses.
     *
     * @param token as the request has it
     * @throws TresccadException UNAUTHENTICATED unless {@code guest} was given it and it is still valid
     */
    static void check(SessionTokens tokens, GuestCaller guest, @Nullable String token) {
        if (token == null || !tokens.isValid(guest.instance().id(), token)) {
            throw new TresccadException(
                    ErrorKind.UNAUTHENTICATED,
                    "This needs a valid token in " + Ec2Resource.TOKEN + "; PUT /latest/api/token gives one.");
        }
    }
}
