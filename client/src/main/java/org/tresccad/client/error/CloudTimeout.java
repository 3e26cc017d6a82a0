package org.tresccad.client.error;

import java.time.Duration;

/** The cloud was silent, or a state did not come, for longer than allowed. What was asked may still happen. */
public final class CloudTimeout extends CloudException {
    private static final long serialVersionUID = 1L;

    /** The cloud's answer did not come. */
    public CloudTimeout(String cloud, String attempt, String why, Throwable cause) {
        super(cloud, attempt, "Cloud " + cloud + ": gave up trying to " + attempt + ": " + why, cause);
    }

    /** A state did not come within {@code limit}; {@code seen} is the last one. */
    public CloudTimeout(String cloud, String attempt, Duration limit, String seen) {
        super(
                cloud,
                attempt,
                "Cloud " + cloud + ": gave up waiting to " + attempt + " after " + limit.toSeconds() + " s; last seen: "
                        + seen);
    }
}
