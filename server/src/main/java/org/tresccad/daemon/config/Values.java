package org.tresccad.daemon.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How values are written. Each method throws IllegalArgumentException with a sentence that says what would be right. */
final class Values {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,15}) ?([A-Za-z]*)");
    private static final Map<String, Long> BYTES = Map.of(
            "",
            1L,
            "B",
            1L,
            "KiB",
            1L << 10,
            "MiB",
            1L << 20,
            "GiB",
            1L << 30,
            "TiB",
            1L << 40,
            "kB",
            1_000L,
            "MB",
            1_000_000L,
            "GB",
            1_000_000_000L,
            "TB",
            1_000_000_000_000L);
    private static final Map<String, Long> MILLISECONDS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    private Values() {}

    /** {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 30d}; more than zero. */
    static Duration duration(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        Long unit = matcher.matches() ? MILLISECONDS.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException("\"" + text + "\" is not a duration such as 500ms, 30s, 5m, 1h or 30d");
        }
        Duration duration = Duration.ofMillis(multiply(matcher.group(1), unit, text));
        if (duration.isZero()) {
            throw new IllegalArgumentException("a duration is more than 0");
        }
        return duration;
    }

    /** As {@link #duration}, or {@code 0}; at most an hour. */
    static Duration hourOrLess(String text) {
        Duration duration = text.equals("0") ? Duration.ZERO : duration(text);
        if (duration.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("\"" + text + "\" is more than an hour");
        }
        return duration;
    }

    /** As {@link #duration}, from one second to a day: for timers that count in seconds. */
    static Duration wholeSeconds(String text) {
        Duration duration = duration(text);
        if (duration.toMillis() % 1000 != 0 || duration.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not a number of whole seconds up to a day");
        }
        return duration;
    }

    /** {@code 512MiB}, {@code 10GiB}, {@code 500MB}, or a bare number of bytes. */
    static long bytes(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        Long unit = matcher.matches() ? BYTES.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException("\"" + text + "\" is not a size such as 512MiB, 10GiB or 500MB");
        }
        return multiply(matcher.group(1), unit, text);
    }

    static long bytesBetween(String text, long least, long most) {
        long bytes = bytes(text);
        if (bytes < least || bytes > most) {
            throw new IllegalArgumentException("\"" + text + "\" is not between " + least + " and " + most + " bytes");
        }
        return bytes;
    }

    static int whole(String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a whole number between " + least + " and " + most, e);
        }
        throw new IllegalArgumentException(text + " is not between " + least + " and " + most);
    }

    static boolean yesOrNo(String text) {
        return switch (text) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\" is not true or false");
        };
    }

    static Path absolutePath(String text) {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return path.normalize();
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not a path", e);
        }
        throw new IllegalArgumentException("\"" + text + "\" is not an absolute path");
    }

    /** A word that may appear in URLs, host names and XML. */
    static String name(String text) {
        if (!text.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
            throw new IllegalArgumentException("\"" + text + "\" is not a name of letters, digits, '.', '_' and '-'");
        }
        return text;
    }

    /** A name people chose: Keystone and Nova take anything printable. */
    static String label(String text) {
        if (text.isBlank() || text.length() > 255 || !text.equals(text.strip()) || text.matches("(?s).*\\p{Cntrl}.*")) {
            throw new IllegalArgumentException("\"" + text + "\" is not a name of 1 to 255 printable characters");
        }
        return text;
    }

    static String notEmpty(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("it is empty");
        }
        return text;
    }

    private static long multiply(String digits, long unit, String text) {
        try {
            return Math.multiplyExact(Long.parseLong(digits), unit);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("\"" + text + "\" is too large", e);
        }
    }
}
