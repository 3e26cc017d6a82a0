package org.tresccad.client.error;

/** No such thing there, or none that we may see. */
public final class CloudNotFound extends CloudRefused {
    private static final long serialVersionUID = 1L;

    /** As answered by the cloud, or found out by us from a list ({@code status} 404). */
    public CloudNotFound(String cloud, String attempt, int status, String reason) {
        super(cloud, attempt, status, reason, "");
    }
}
