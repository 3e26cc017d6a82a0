package org.tresccad.identity;

/**
 * A token that was just made, with the one copy of its secret.
 *
 * @param secret what the client must send; only a digest of it is stored
 */
public record IssuedToken(String secret, Token token) {
    /** Never shows the secret. */
    @Override
    public String toString() {
        return "IssuedToken[" + token.auditId() + "]";
    }
}
