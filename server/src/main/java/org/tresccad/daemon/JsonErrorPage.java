package org.tresccad.daemon;

import org.glassfish.grizzly.http.server.ErrorPageGenerator;
import org.glassfish.grizzly.http.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Errors the server itself answers, before or behind the application: as JSON in the shape all clients read
 * ({@code {"error": {"code": 503, "title": ..., "message": ...}}}), never with an exception's text.
 */
final class JsonErrorPage implements ErrorPageGenerator {
    @Override
    public String generate(
            Request request,
            int status,
            @Nullable String reasonPhrase,
            @Nullable String description,
            @Nullable Throwable exception) {
        request.getResponse().setContentType("application/json; charset=utf-8");
        String title = reasonPhrase == null ? "Error" : reasonPhrase;
        String message =
                switch (status) {
                    case 404 -> "There is nothing at this address.";
                    case 413 -> "The request's body is too large.";
                    case 503 -> "The service is about to stop. Try again in some seconds.";
                    default -> status >= 500 ? "The request failed." : "The request could not be understood.";
                };
        return "{\"error\": {\"code\": " + status + ", \"title\": \"" + title.replaceAll("[\"\\\\\\p{Cntrl}]", "")
                + "\", \"message\": \"" + message + "\"}}";
    }
}
