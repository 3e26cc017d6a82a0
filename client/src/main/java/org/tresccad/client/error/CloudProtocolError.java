package org.tresccad.client.error;

/** The cloud answered with success, but with something that makes no sense in OpenStack's APIs. */
public final class CloudProtocolError extends CloudException {
    private static final long serialVersionUID = 1L;

    /** What is wrong with the answer. */
    public CloudProtocolError(String cloud, String attempt, String problem) {
        super(cloud, attempt, message(cloud, attempt, problem));
    }

    /** What is wrong with the answer, and the parser's view of it. */
    public CloudProtocolError(String cloud, String attempt, String problem, Throwable cause) {
        super(cloud, attempt, message(cloud, attempt, problem), cause);
    }

    private static String message(String cloud, String attempt, String problem) {
        return "Cloud " + cloud + " gave a senseless answer when asked to " + attempt + ": " + problem
                + ". Is this address really an OpenStack API?";
    }
}
