package org.tresccad.daemon.config;

import java.util.function.UnaryOperator;

/** A configured password, plain or as a hash. Prints as neither. */
public final class Credential {
    private final String value;
    private final boolean hashed;

    private Credential(String value, boolean hashed) {
        this.value = value;
        this.hashed = hashed;
    }

    static Credential ofPassword(String plain) {
        return new Credential(plain, false);
    }

    static Credential ofHash(String phc) {
        return new Credential(phc, true);
    }

    /** Whether the operator left the password itself in the configuration. */
    public boolean isPlain() {
        return !hashed;
    }

    /**
     * The hash to verify logins with, in PHC string format.
     *
     * @param hasher turns a plain password into such a hash; memory-hard, so it takes a while
     */
    public String hash(UnaryOperator<String> hasher) {
        return hashed ? value : hasher.apply(value);
    }

    static String password(String text) {
        if (text.isEmpty() || text.length() > 1024) {
            throw new IllegalArgumentException("a password has 1 to 1024 characters");
        }
        return text;
    }

    /** Argon2id only, as "tresccad hash-password" prints it. */
    static String phc(String text) {
        if (!text.matches("\\$argon2id\\$v=\\d+\\$m=\\d+,t=\\d+,p=\\d+\\$[A-Za-z0-9+/]+\\$[A-Za-z0-9+/]+")) {
            throw new IllegalArgumentException("not a hash as \"tresccad hash-password\" prints it ($argon2id$v=...)");
        }
        return text;
    }

    @Override
    public String toString() {
        return hashed ? "(password hash)" : "(password)";
    }
}
