package org.tresccad.rest.tresccad.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code POST instances/ID/reclaim}. */
public final class Reclaim {
    private Reclaim() {}

    /** {@code {"name": "web"}}: the instance's name, typed by its owner. */
    public record Request(@Nullable String name) {}

    /** {@code {"instance_id": "...", "epoch": 1835021}}. */
    public record Response(@JsonProperty("instance_id") UUID instanceId, long epoch) {}
}
