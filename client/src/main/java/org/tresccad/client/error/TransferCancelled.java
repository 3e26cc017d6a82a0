package org.tresccad.client.error;

/** The transfer or wait was ended by {@link org.tresccad.client.transfer.Cancellation#cancel}. */
public final class TransferCancelled extends CloudException {
    private static final long serialVersionUID = 1L;

    /** {@code attempt} was ended. */
    public TransferCancelled(String cloud, String attempt) {
        super(cloud, attempt, "Cloud " + cloud + ": " + attempt + ": cancelled");
    }
}
