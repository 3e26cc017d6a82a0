package org.tresccad.vmpackage;

import java.nio.charset.StandardCharsets;

/** The limits of the manifest's values, as the format's document states them. */
final class Checks {
    /** Largest integer that a reader with double-precision numbers holds exactly. */
    static final long MAX_JSON_INTEGER = (1L << 53) - 1;

    static final int MAX_VCPUS = 4096;
    /** 16 TiB. */
    static final int MAX_MEMORY_MIB = 1 << 24;
    /** 1 PiB. */
    static final long MAX_DISK_BYTES = 1L << 50;

    private Checks() {}

    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    static void range(String field, long value, long least, long most) {
        that(value >= least && value <= most, field + ": " + value + " is not within " + least + " to " + most);
    }

    /** Text without line breaks or any other control character. */
    static void line(String field, String value, int least, int most) {
        text(field, value, least, most);
        that(value.chars().noneMatch(Character::isISOControl), field + ": has control characters");
    }

    /** Text that UTF-8 can carry and a C string can hold. Lengths are in Unicode code points, as Nova counts. */
    static void text(String field, String value, int least, int most) {
        range(field + ": length", value.codePointCount(0, value.length()), least, most);
        that(value.indexOf(0) < 0, field + ": has a NUL");
        that(StandardCharsets.UTF_8.newEncoder().canEncode(value), field + ": is not valid Unicode");
    }

    /** A lower-case word of the kind libvirt uses for models. */
    static void word(String field, String value) {
        that(value.matches("[a-z0-9][a-z0-9._-]{0,31}"), field + ": not a word: " + value);
    }
}
