package org.tresccad.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalInt;
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
        @Override
        public Duration convert(String text) {
            String number = text.replaceFirst("[smh]$", "");
            try {
                long value = Long.parseLong(number);
                if (value < 1) {
                    throw new TypeConversionException("'" + text + "' is not a time longer than nothing");
                }
                return text.endsWith("h")
                        ? Duration.ofHours(value)
                        : text.endsWith("m") ? Duration.ofMinutes(value) : Duration.ofSeconds(value);
            } catch (NumberFormatException bad) {
                throw new TypeConversionException("'" + text + "' is not a time like 90s, 5m or 2h");
            }
        }
    }
}
