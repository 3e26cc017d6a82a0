package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /tresccad/v1/migrations}: {@code {"destination": "b", "mode": "auto", "interruption_seconds": 1.5}}.
 *
 * @param mode absent: {@code auto}
 * @param interruptionSeconds absent: as short as can be
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record MigrationRequest(
        @Nullable String destination,
        @Nullable String mode,
        @Nullable Double interruptionSeconds) {}
