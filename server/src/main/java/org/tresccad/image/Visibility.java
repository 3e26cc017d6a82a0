package org.tresccad.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Who sees an image. */
public enum Visibility {
    PUBLIC,
    PRIVATE,
    SHARED,
    COMMUNITY;

    /** The name on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The visibility of that name, if there is one. */
    public static Optional<Visibility> parse(String name) {
        return Arrays.stream(values()).filter(v -> v.wireName().equals(name)).findFirst();
    }
}
