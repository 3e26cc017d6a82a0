package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * Reads a JSON object field by field, as strictly as Nova's schemas do: a wrong type, a wrong length or an unknown field
 * is BAD_REQUEST.
 */
public final class Fields {
    private final String name;
    private final JsonNode object;

    private Fields(String name, JsonNode object) {
        this.name = name;
        this.object = object;
    }

    /** The object under the only key {@code key} of {@code body}. */
    public static Fields under(String key, @Nullable JsonNode body) {
        Fields outer = of("body", body);
        outer.allowOnly(Set.of(key));
        return outer.object(key).orElseThrow(() -> invalid(key, "is a required property"));
    }

    /** The object {@code body} itself. */
    public static Fields of(String name, @Nullable JsonNode body) {
        if (body == null || !body.isObject()) {
            throw invalid(name, "is not an object");
        }
        return new Fields(name, body);
    }

    /** What a request has wrong. */
    public static TresccadException invalid(String field, String why) {
        return new TresccadException(
                ErrorKind.BAD_REQUEST, "Invalid input for field/attribute " + field + ": it " + why + ".");
    }

    /** Refuses fields that are not in {@code known}. */
    public void allowOnly(Collection<String> known) {
        object.fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                throw new TresccadException(
                        ErrorKind.BAD_REQUEST,
                        "Invalid input for field/attribute " + name
                                + ": additional properties are not allowed ('" + shortened(field)
                                + "' was unexpected).");
            }
        });
    }

    /** Whether the field is there, null included. */
    public boolean has(String field) {
        return object.has(field);
    }

    /** The field's raw value; null and absent are the same. */
    public Optional<JsonNode> value(String field) {
        return Optional.ofNullable(object.get(field)).filter(node -> !node.isNull());
    }

    /** A string of {@code min} to {@code max} characters. */
    public Optional<String> text(String field, int min, int max) {
        return value(field).map(node -> checkedText(field, node, min, max));
    }

    /** As {@link #text}, required. */
    public String requiredText(String field, int min, int max) {
        return text(field, min, max).orElseThrow(() -> invalid(field, "is a required property"));
    }

    /** A name as Nova takes it: 1 to 255 printable characters, outer blanks removed. */
    public Optional<String> name(String field) {
        return text(field, 1, 255).map(text -> {
            String stripped = text.strip();
            if (stripped.isEmpty() || stripped.chars().anyMatch(Character::isISOControl)) {
                throw invalid(field, "needs printable characters");
            }
            return stripped;
        });
    }

    /** A whole number from {@code min} on, or a string that spells one. */
    public OptionalInt number(String field, int min) {
        Optional<JsonNode> value = value(field);
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        String text = value.get().asText();
        if (!(value.get().isIntegralNumber() || value.get().isTextual()) || !text.matches("-?[0-9]{1,9}")) {
            throw invalid(field, "is not an integer");
        }
        int number = Integer.parseInt(text);
        if (number < min) {
            throw invalid(field, "is less than the minimum of " + min);
        }
        return OptionalInt.of(number);
    }

    /** A number, whole or not. */
    public Optional<Double> decimal(String field) {
        return value(field).map(node -> {
            if (!node.isNumber()) {
                throw invalid(field, "is not a number");
            }
            return node.doubleValue();
        });
    }

    /** A boolean, or one of the words Nova takes for one. */
    public Optional<Boolean> flag(String field) {
        return value(field).map(node -> switch (node.asText()) {
            case "true", "True", "TRUE", "1", "on", "On", "ON", "yes", "Yes", "YES" -> true;
            case "false", "False", "FALSE", "0", "off", "Off", "OFF", "no", "No", "NO" -> false;
            default -> throw invalid(field, "is not a boolean");
        });
    }

    /** An object. */
    public Optional<Fields> object(String field) {
        return value(field).map(node -> of(field, node));
    }

    /** A list, empty when absent. */
    public List<JsonNode> list(String field) {
        return value(field)
                .map(node -> {
                    if (!node.isArray()) {
                        throw invalid(field, "is not a list");
                    }
                    return StreamSupport.stream(node.spliterator(), false).toList();
                })
                .orElse(List.of());
    }

    /** A map of strings: metadata, extra specs. Keys have 1 to 255 characters, values at most 255. */
    public Optional<Map<String, String>> strings(String field) {
        return value(field).map(node -> {
            if (!node.isObject()) {
                throw invalid(field, "is not an object");
            }
            Map<String, String> strings = new LinkedHashMap<>();
            node.properties().forEach(entry -> {
                if (entry.getKey().isEmpty() || entry.getKey().length() > 255) {
                    throw invalid(field, "has a key that is empty or longer than 255 characters");
                }
                strings.put(entry.getKey(), checkedText(field, entry.getValue(), 0, 255));
            });
            return strings;
        });
    }

    private static String checkedText(String field, JsonNode node, int min, int max) {
        if (!node.isTextual()) {
            throw invalid(field, "is not a string");
        }
        String text = node.textValue();
        if (text.length() < min || text.length() > max) {
            throw invalid(field, "is " + (text.length() < min ? "too short" : "too long"));
        }
        return text;
    }

    private static String shortened(String text) {
        return text.length() <= 64 ? text : text.substring(0, 64) + "...";
    }
}
