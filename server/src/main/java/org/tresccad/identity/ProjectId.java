package org.tresccad.identity;

/** The id of a project (tenant): 32 hexadecimal digits, as Keystone makes them. */
public record ProjectId(String value) {
    /** Checks the form. */
    public ProjectId {
        if (!value.matches("[0-9a-f]{32}")) {
            throw new IllegalArgumentException("not a project id: " + value);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
