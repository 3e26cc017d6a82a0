package org.tresccad.image;

import java.util.Optional;
import java.util.UUID;

/** The id of an image. */
public record ImageId(UUID value) {
    /** A fresh, random id. */
    public static ImageId random() {
        return new ImageId(UUID.randomUUID());
    }

    /** The id that {@code text} spells in canonical form; empty when it spells none. */
    public static Optional<ImageId> parse(String text) {
        try {
            UUID id = UUID.fromString(text);
            return id.toString().equalsIgnoreCase(text) ? Optional.of(new ImageId(id)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
