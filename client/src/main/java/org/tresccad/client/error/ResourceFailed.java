package org.tresccad.client.error;

/** A server or image reached a state from which what we wait for cannot come (ERROR, killed, deleted). */
public final class ResourceFailed extends CloudException {
    private static final long serialVersionUID = 1L;

    private final String state;

    /** {@code state} as the cloud names it; {@code fault} is its explanation, maybe empty. */
    public ResourceFailed(String cloud, String attempt, String state, String fault) {
        super(
                cloud,
                attempt,
                "Cloud " + cloud + " failed to " + attempt + ": state " + state
                        + (fault.isBlank() ? ", no reason given." : ": " + fault));
        this.state = state;
    }

    /** The state that was reached. */
    public String state() {
        return state;
    }
}
