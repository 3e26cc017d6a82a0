package org.tresccad.identity;

/** The id of a user: 32 hexadecimal digits, as Keystone makes them. */
public record UserId(String value) {
    /** Checks the form. */
    public UserId {
        if (!value.matches("[0-9a-f]{32}")) {
            throw new IllegalArgumentException("not a user id: " + value);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
