package org.tresccad.rest;

import jakarta.ws.rs.container.ContainerRequestContext;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Token;

/** Who a request is from, as {@link Authentication} found out. */
public final class Authenticated {
    static final String PROPERTY = "org.tresccad.token";

    private Authenticated() {}

    /**
     * The caller.
     *
     * @throws TresccadException FORBIDDEN when the token is for no project
     */
    public static Caller caller(ContainerRequestContext request) {
        return token(request)
                .caller()
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.FORBIDDEN, "The token is for no project. Ask for one that is scoped to a project."));
    }

    /** The token. */
    public static Token token(ContainerRequestContext request) {
        if (request.getProperty(PROPERTY) instanceof Token token) {
            return token;
        }
        throw new TresccadException(ErrorKind.UNAUTHENTICATED, "The request needs a token in X-Auth-Token.");
    }
}
