package org.tresccad.daemon.config;

import java.time.Duration;

/**
 * So many in so long.
 *
 * @param count at least 1
 * @param per positive
 */
public record Rate(int count, Duration per) {
    /** Parses {@code 10/h}, {@code 3/m}, {@code 100/d}. */
    public static Rate parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1) {
            throw new IllegalArgumentException("\"" + text + "\" is not a rate such as 10/h");
        }
        return new Rate(
                Values.whole(text.substring(0, slash), 1, 1_000_000), Values.duration("1" + text.substring(slash + 1)));
    }
}
