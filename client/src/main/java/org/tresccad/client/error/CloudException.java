package org.tresccad.client.error;

/**
 * Anything that went wrong between us and one cloud. The message is for people: what was tried, on which cloud, why
 * not, and what to do; it never holds a token or a password.
 */
public abstract sealed class CloudException extends RuntimeException
        permits CloudUnreachable,
                CloudTimeout,
                CloudRefused,
                CloudProtocolError,
                ResourceFailed,
                ContentMismatch,
                TransferCancelled {
    private static final long serialVersionUID = 1L;

    private final String cloud;
    private final String attempt;

    CloudException(String cloud, String attempt, String message) {
        super(message);
        this.cloud = cloud;
        this.attempt = attempt;
    }

    CloudException(String cloud, String attempt, String message, Throwable cause) {
        super(message, cause);
        this.cloud = cloud;
        this.attempt = attempt;
    }

    /** Name of the cloud as its configuration says. */
    public String cloud() {
        return cloud;
    }

    /** What was tried, as a phrase: "show server 42". */
    public String attempt() {
        return attempt;
    }
}
