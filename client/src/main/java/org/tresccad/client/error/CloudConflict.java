package org.tresccad.client.error;

import java.time.Duration;
import java.util.Optional;

/** The thing exists, but its state, or another thing of the same name, forbids this now (409). */
public final class CloudConflict extends CloudRefused {
    private static final long serialVersionUID = 1L;

    /** Zero when asking again is not said to help. */
    private final Duration pause;

    /** As answered by the cloud, or found out by us (a name that several things have). */
    public CloudConflict(String cloud, String attempt, String reason) {
        this(cloud, attempt, reason, Duration.ZERO);
    }

    CloudConflict(String cloud, String attempt, String reason, Duration pause) {
        super(cloud, attempt, 409, reason, "");
        this.pause = pause;
    }

    /** After how long the same request may succeed, where the cloud says that it may ({@code Retry-After}). */
    public Optional<Duration> retryAfter() {
        return pause.isZero() ? Optional.empty() : Optional.of(pause);
    }
}
