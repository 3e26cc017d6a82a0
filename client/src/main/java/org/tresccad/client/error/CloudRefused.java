package org.tresccad.client.error;

import java.time.Duration;

/** The cloud answered, and the answer was an error. Subclasses exist for the answers that callers tell apart. */
public sealed class CloudRefused extends CloudException permits CloudUnauthorized, CloudNotFound, CloudConflict {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String reason;

    /** Answer with HTTP {@code status} and the cloud's own words {@code reason}. */
    protected CloudRefused(String cloud, String attempt, int status, String reason, String advice) {
        super(
                cloud,
                attempt,
                "Cloud " + cloud + " would not " + attempt + " (" + status + "): " + reason
                        + (advice.isEmpty() ? "" : " " + advice));
        this.status = status;
        this.reason = reason;
    }

    /** The exception class that fits {@code status}. */
    public static CloudRefused of(String cloud, String attempt, int status, String reason) {
        return of(cloud, attempt, status, reason, Duration.ZERO);
    }

    /** As {@link #of(String, String, int, String)}; {@code pause} as the answer's {@code Retry-After}, zero without. */
    public static CloudRefused of(String cloud, String attempt, int status, String reason, Duration pause) {
        return switch (status) {
            case 401 -> new CloudUnauthorized(cloud, attempt, reason);
            case 404, 410 -> new CloudNotFound(cloud, attempt, status, reason);
            case 409 -> new CloudConflict(cloud, attempt, reason, pause);
            default -> new CloudRefused(cloud, attempt, status, reason, "");
        };
    }

    /** HTTP status of the answer. */
    public int status() {
        return status;
    }

    /** The cloud's own sentence, cleaned of markup and control characters. */
    public String reason() {
        return reason;
    }
}
