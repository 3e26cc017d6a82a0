package org.tresccad.rest.guest.json;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code POST /tresccad/v1/events/1000001/delay}: {@code {"seconds": 10}}. */
public record DelayRequest(@Nullable Long seconds) {
    /** The wish, if there is one. */
    public Optional<Long> wish() {
        return Optional.ofNullable(seconds);
    }
}
