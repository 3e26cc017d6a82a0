package org.tresccad.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes and times as people read and write them. */
final class Units {
    private static final String[] NAMES = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Units() {}

    /** {@code 1536} is {@code 1.5 KiB}. */
    static String bytes(long count) {
        double value = count;
        int unit = 0;
        while (value >= 1024 && unit < NAMES.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? count + " B" : String.format(Locale.ROOT, "%.1f %s", value, NAMES[unit]);
    }

    /** {@code 75.25} is {@code 1:15 min}; short times keep two decimals. */
    static String seconds(double seconds) {
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.2f s", seconds);
        }
        long whole = Math.round(seconds);
        return String.format(Locale.ROOT, "%d:%02d min", whole / 60, whole % 60);
    }

    /** Reads {@code 0}, {@code 500K}, {@code 10M}, {@code 1G}: bytes, in powers of 1024. */
    static final class RateConverter implements ITypeConverter<OptionalInt> {
        @Override
        public OptionalInt convert(String text) {
            String number = text.replaceFirst("[KMG]$", "");
            int shift = text.endsWith("K") ? 10 : text.endsWith("M") ? 20 : text.endsWith("G") ? 30 : 0;
            try {
                long bytes = Math.multiplyExact(Long.parseLong(number), 1L << shift);
                if (bytes < 0 || bytes > Integer.MAX_VALUE) {
                    throw new TypeConversionException("'" + text + "' is not between 0 and 2047M bytes a second");
                }
                return OptionalInt.of((int) bytes);
            } catch (NumberFormatException | ArithmeticException bad) {
                throw new TypeConversionException("'" + text + "' is not a rate like 500K, 10M or 1G");
            }
        }
    }

    /** Reads {@code 90}, {@code 90s}, {@code 5m}, {@code 2h}. */
    static final class DurationConverter implements ITypeConverter<Duration> {
        private static final Pattern TIME = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?)([smh]?)");

        @Override
        public Duration convert(String text) {
            Matcher time = TIME.matcher(text);
            if (!time.matches()) {
                throw new TypeConversionException("'" + text + "' is not a time like 1.5s, 90s, 5m or 2h");
            }
            long unit =
                    switch (time.group(2)) {
                        case "h" -> Duration.ofHours(1).toMillis();
                        case "m" -> Duration.ofMinutes(1).toMillis();
                        default -> Duration.ofSeconds(1).toMillis();
                    };
            Duration value = Duration.ofMillis(Math.round(Double.parseDouble(time.group(1)) * unit));
            if (value.isZero()) {
                throw new TypeConversionException("'" + text + "' is not a time longer than nothing");
            }
            return value;
        }
    }
}
