package org.tresccad.rest;

import jakarta.annotation.Priority;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import java.util.UUID;
import org.slf4j.MDC;

/** Gives every request an id: {@code req-<uuid>}, in the answer's headers and with every line of its log. */
@PreMatching
@Priority(0)
public final class RequestIds implements ContainerRequestFilter, ContainerResponseFilter {
    /** Under this key the log knows the request. */
    public static final String MDC_KEY = "request";

    private static final String PROPERTY = "org.tresccad.request";

    @Override
    public void filter(ContainerRequestContext request) {
        String id = "req-" + UUID.randomUUID();
        request.setProperty(PROPERTY, id);
        MDC.put(MDC_KEY, id);
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        String id = of(request);
        response.getHeaders().putSingle("x-openstack-request-id", id);
        if (ApiPrefix.of(request.getUriInfo().getPath()) == ApiPrefix.COMPUTE) {
            response.getHeaders().putSingle("x-compute-request-id", id);
        }
    }

    /** The id of a request. */
    public static String of(ContainerRequestContext request) {
        return request.getProperty(PROPERTY) instanceof String id ? id : "req-unknown";
    }
}
