package org.tresccad.migration;

import java.util.Optional;
import java.util.UUID;

/** The id of a move; the same at both ends. */
public record MoveId(UUID value) {
    /** A fresh one. */
    public static MoveId random() {
        return new MoveId(UUID.randomUUID());
    }

    /** The id that {@code text} spells in canonical form; empty when it spells none. */
    public static Optional<MoveId> parse(String text) {
        try {
            UUID id = UUID.fromString(text);
            return id.toString().equalsIgnoreCase(text) ? Optional.of(new MoveId(id)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
