package org.tresccad.rest.glance;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;

/** One filter of Glance's image list: {@code name=tick}, {@code status=in:active,queued}, {@code size_min=1}, ... */
final class ImageFilter {
    private ImageFilter() {}

    /** What {@code key=value} lets through; a key that is no attribute is taken for a custom property. */
    static Predicate<Image> of(String key, String value) {
        return switch (key) {
            case "id" -> oneOf(value, image -> image.id().toString());
            case "name" -> oneOf(value, Image::name);
            case "status" -> oneOf(value, image -> image.status().wireName());
            case "container_format" ->
                oneOf(value, image -> image.containerFormat().orElse(""));
            case "disk_format" ->
                oneOf(
                        value,
                        image -> image.diskFormat().map(DiskFormat::wireName).orElse(""));
            case "owner" -> image -> image.owner().value().equals(value);
            case "checksum" -> image -> image.content().md5().equals(Optional.of(value));
            case "os_hash_value" ->
                image -> image.content().digest().map(ContentDigest::sha512).equals(Optional.of(value));
            case "os_hash_algo" -> image -> image.content().digest().isPresent() && value.equals("sha512");
            case "tag" -> image -> image.tags().contains(value);
            case "protected" -> {
                boolean wanted = truth(key, value);
                yield image -> image.isProtected() == wanted;
            }
            case "min_disk" -> {
                long wanted = number(key, value);
                yield image -> image.minDiskGib() == wanted;
            }
            case "min_ram" -> {
                long wanted = number(key, value);
                yield image -> image.minRamMib() == wanted;
            }
            case "size" -> {
                OptionalLong wanted = OptionalLong.of(number(key, value));
                yield image -> image.content().sizeBytes().equals(wanted);
            }
            case "virtual_size" -> {
                OptionalLong wanted = OptionalLong.of(number(key, value));
                yield image -> image.content().virtualSizeBytes().equals(wanted);
            }
            case "size_min" -> {
                long least = number(key, value);
                yield image -> image.content().sizeBytes().orElse(-1) >= least;
            }
            case "size_max" -> {
                long most = number(key, value);
                yield image -> image.content().sizeBytes().orElse(Long.MAX_VALUE) <= most;
            }
            case "created_at" -> at(key, value, Image::createdAt);
            case "updated_at" -> at(key, value, Image::updatedAt);
            default -> image -> value.equals(image.properties().get(key));
        };
    }

    static boolean truth(String key, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(key + " is true or false.");
        };
    }

    private static Predicate<Image> oneOf(String value, Function<Image, String> attribute) {
        if (!value.startsWith("in:")) {
            return image -> attribute.apply(image).equals(value);
        }
        List<String> wanted = values(value.substring("in:".length()));
        return image -> wanted.contains(attribute.apply(image));
    }

    private static Predicate<Image> at(String key, String value, Function<Image, Instant> attribute) {
        int colon = value.indexOf(':');
        String operator = colon < 0 ? "" : value.substring(0, colon);
        boolean isNamed = List.of("gt", "gte", "lt", "lte", "eq", "neq").contains(operator);
        Instant wanted = time(key, isNamed ? value.substring(colon + 1) : value);
        // What clients know of an image's times are whole seconds.
        Function<Image, Integer> order =
                image -> attribute.apply(image).truncatedTo(ChronoUnit.SECONDS).compareTo(wanted);
        return switch (isNamed ? operator : "eq") {
            case "gt" -> image -> order.apply(image) > 0;
            case "gte" -> image -> order.apply(image) >= 0;
            case "lt" -> image -> order.apply(image) < 0;
            case "lte" -> image -> order.apply(image) <= 0;
            case "neq" -> image -> order.apply(image) != 0;
            default -> image -> order.apply(image) == 0;
        };
    }

    private static Instant time(String key, String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException notWithOffset) {
            try {
                return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
            } catch (DateTimeException e) {
                throw new TresccadException(ErrorKind.BAD_REQUEST, key + " needs a time in ISO 8601.", e);
            }
        }
    }

    /** Values separated by commas; one with a comma in it stands in double quotes. */
    private static List<String> values(String text) {
        List<String> values = new ArrayList<>();
        StringBuilder value = new StringBuilder();
        boolean isQuoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == ',' && !isQuoted) {
                values.add(value.toString());
                value.setLength(0);
            } else {
                value.append(c);
            }
        }
        if (isQuoted) {
            throw wrong("A quote in the filter is not closed.");
        }
        values.add(value.toString());
        return values;
    }

    private static long number(String key, String value) {
        try {
            long number = Long.parseLong(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, key + " must be a number.", e);
        }
        throw wrong(key + " cannot be negative.");
    }

    private static TresccadException wrong(String message) {
        return new TresccadException(ErrorKind.BAD_REQUEST, message);
    }
}
