package org.tresccad.rest.guest.json;

import org.jspecify.annotations.Nullable;

/**
 * {@code POST /tresccad/v1/migrations}: {@code {"destination": "b", "mode": "auto"}}.
 *
 * @param mode absent: {@code auto}
 */
public record MigrationRequest(
        @Nullable String destination, @Nullable String mode) {}
