package org.tresccad.rest.guest.json;

import org.jspecify.annotations.Nullable;

/**
 * {@code POST /tresccad/v1/migrations}: {@code {"destination": "b", "mode": "auto", "interruption_seconds": 1.5}}.
 *
 * @param mode absent: {@code auto}
 * @param interruptionSeconds absent: as short as can be
 */
public record MigrationRequest(
        @Nullable String destination,
        @Nullable String mode,
        @Nullable Double interruptionSeconds) {}
