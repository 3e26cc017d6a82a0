package org.tresccad.rest;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Identity;
import org.tresccad.identity.Token;

/** Lets through only what carries a valid token in {@code X-Auth-Token}. */
@Priority(Priorities.AUTHENTICATION)
final class Authentication implements ContainerRequestFilter {
    private final Identity identity;

    Authentication(Identity identity) {
        this.identity = identity;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        String secret = request.getHeaderString("X-Auth-Token");
        if (secret == null || secret.isEmpty()) {
            throw new TresccadException(ErrorKind.UNAUTHENTICATED, "The request needs a token in X-Auth-Token.");
        }
        Token token = identity.token(secret)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.UNAUTHENTICATED, "The token is unknown, expired or revoked. Log in again."));
        request.setProperty(Authenticated.PROPERTY, token);
    }
}
