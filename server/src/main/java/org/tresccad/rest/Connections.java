package org.tresccad.rest;

import org.glassfish.grizzly.http.server.Request;

/** What only the HTTP server below JAX-RS can do. */
public final class Connections {
    private static final String WHEN_ANSWERED = "org.tresccad.rest.when-answered";

    private Connections() {}

    /**
     * Drops the connection of a request whose answer has begun and cannot be completed. Without this the server would
     * end the body as if it were whole.
     */
    public static void abort(Request request) {
        request.getContext().getConnection().terminateSilently();
    }

    /** Has {@code action} done when JAX-RS has answered, and Grizzly has not yet ended the answer. */
    public static void whenAnswered(Request request, Runnable action) {
        request.setAttribute(WHEN_ANSWERED, action);
    }

    /** Does what {@link #whenAnswered} was told; the listener calls it after JAX-RS. */
    public static void answered(Request request) {
        if (request.getAttribute(WHEN_ANSWERED) instanceof Runnable action) {
            action.run();
        }
    }
}
