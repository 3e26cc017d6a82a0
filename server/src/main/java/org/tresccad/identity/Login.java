package org.tresccad.identity;

/** How somebody proves who it is. */
public sealed interface Login {
    /** A user named by {@code idOrName}, {@code byId} says which, and its password. */
    record ByPassword(boolean byId, String idOrName, String password) implements Login {
        /** Never shows the password. */
        @Override
        public String toString() {
            return "ByPassword[" + idOrName + "]";
        }
    }

    /** A token that is still valid; the new one ends when it ends. */
    record ByToken(String secret) implements Login {
        /** Never shows the secret. */
        @Override
        public String toString() {
            return "ByToken[hidden]";
        }
    }
}
