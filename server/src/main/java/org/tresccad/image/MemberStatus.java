package org.tresccad.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a project thinks of an image that was shared with it. */
public enum MemberStatus {
    /** Has not said; the image can be used by id and is not in its lists. */
    PENDING,
    /** Wants it in its lists. */
    ACCEPTED,
    /** Does not want it in its lists. */
    REJECTED;

    /** The name on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The status of that name, if there is one. */
    public static Optional<MemberStatus> parse(String name) {
        return Arrays.stream(values()).filter(s -> s.wireName().equals(name)).findFirst();
    }
}
