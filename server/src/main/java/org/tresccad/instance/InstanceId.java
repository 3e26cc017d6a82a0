package org.tresccad.instance;

import java.util.Optional;
import java.util.UUID;

/** The id of an instance; Nova's server id. */
public record InstanceId(UUID value) {
    /** A fresh, random id. */
    public static InstanceId random() {
        return new InstanceId(UUID.randomUUID());
    }

    /** The id that {@code text} spells in canonical form; empty when it spells none. */
    public static Optional<InstanceId> parse(String text) {
        try {
            UUID id = UUID.fromString(text);
            return id.toString().equalsIgnoreCase(text) ? Optional.of(new InstanceId(id)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
