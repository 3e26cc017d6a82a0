package org.tresccad.client.error;

/** No connection, or it broke: name unknown, port closed, TLS not trusted, SSH refused, cut in the middle. */
public final class CloudUnreachable extends CloudException {
    private static final long serialVersionUID = 1L;

    /** Could not {@code attempt} because of {@code why}; {@code address} is host and port, or a URL. */
    public CloudUnreachable(String cloud, String attempt, String address, String why, Throwable cause) {
        super(cloud, attempt, "Cloud " + cloud + ": cannot " + attempt + ": " + address + ": " + why, cause);
    }
}
