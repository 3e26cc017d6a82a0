package org.tresccad.client.error;

/** The thing exists, but its state, or another thing of the same name, forbids this now (409). */
public final class CloudConflict extends CloudRefused {
    private static final long serialVersionUID = 1L;

    /** As answered by the cloud, or found out by us (a name that several things have). */
    public CloudConflict(String cloud, String attempt, String reason) {
        super(cloud, attempt, 409, reason, "");
    }
}
