package org.tresccad.client.image;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/** One step of a JSON patch (RFC 6902) as Glance takes it. */
public record Change(
        @JsonProperty("op") String operation,
        @JsonProperty("path") String path,
        @JsonProperty("value") Optional<Object> value) {
    /** Sets a field or property that is there. */
    public static Change replace(String field, Object value) {
        return new Change("replace", pointer(field), Optional.of(value));
    }

    /** Sets a property whether or not it is there. */
    public static Change add(String field, Object value) {
        return new Change("add", pointer(field), Optional.of(value));
    }

    /** Removes a property. */
    public static Change remove(String field) {
        return new Change("remove", pointer(field), Optional.empty());
    }

    private static String pointer(String field) {
        return "/" + field.replace("~", "~0").replace("/", "~1");
    }
}
