package org.tresccad.identity;

import java.util.Locale;

/** What a user may do in a project; each role includes the ones after it, as in Keystone's default hierarchy. */
public enum Role {
    /** Everything, in every project. */
    ADMIN,
    /** Reads and changes the project's things. */
    MEMBER,
    /** Reads the project's things. */
    READER;

    /** The name on the wire: {@code admin}, {@code member}, {@code reader}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a holder of this role may do what {@code needed} allows. */
    public boolean includes(Role needed) {
        return compareTo(needed) <= 0;
    }
}
