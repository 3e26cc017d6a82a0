package org.tresccad.identity;

/**
 * Somebody who can log in. Every user lies in the domain {@code default}.
 *
 * @param name unique on this host
 */
public record User(UserId id, String name) {
    /** Checks the name. */
    public User {
        Names.check("user", name);
    }

    /** The user of that name, with an id that is the same after every start. */
    public static User named(String name) {
        return new User(new UserId(Names.derivedId("user", name)), name);
    }
}
