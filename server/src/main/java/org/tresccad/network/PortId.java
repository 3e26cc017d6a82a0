package org.tresccad.network;

import java.util.UUID;

/** The id of a port. */
public record PortId(UUID value) {
    /** A fresh, random id. */
    public static PortId random() {
        return new PortId(UUID.randomUUID());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
