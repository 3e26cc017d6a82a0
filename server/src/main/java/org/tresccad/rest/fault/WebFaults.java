package org.tresccad.rest.fault;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.jspecify.annotations.Nullable;

/** JAX-RS's own errors: unknown routes, methods, media types, and parameters it could not convert. */
public final class WebFaults implements ExceptionMapper<WebApplicationException> {
    private final FaultRenderer renderer;

    @Inject
    private @Nullable Provider<ContainerRequestContext> request;

    /** Renders with {@code renderer}. */
    public WebFaults(FaultRenderer renderer) {
        this.renderer = renderer;
    }

    @Override
    public Response toResponse(WebApplicationException error) {
        Response original = error.getResponse();
        int status = original.getStatus();
        if (status < 400) {
            return original;
        }
        ContainerRequestContext at = RequestAtHand.of(request);
        Response answer = renderer.render(at, Fault.ofStatus(status), sentence(status, at));
        String allow = original.getHeaderString(HttpHeaders.ALLOW);
        return allow == null
                ? answer
                : Response.fromResponse(answer).header(HttpHeaders.ALLOW, allow).build();
    }

    private static String sentence(int status, ContainerRequestContext request) {
        return switch (status) {
            case 404 -> "The resource could not be found.";
            case 405 -> "The method " + request.getMethod() + " is not allowed for this resource.";
            case 406 -> "None of the media types in Accept can be given.";
            case 413 -> "The body is larger than this resource reads.";
            case 415 -> "The Content-Type of the body is not one that this resource reads.";
            case 416 -> "The range asked for is not in the data.";
            default ->
                status < 500
                        ? "The request could not be understood."
                        : "The request failed; the log of the host tells why.";
        };
    }
}
