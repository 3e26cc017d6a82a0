package org.tresccad.rest;

import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;

/**
 * Refuses a slash at the end of a path but at an API's root and its version's: Jersey would take
 * {@code DELETE /image/v2/images/} for the collection, OpenStack says 404.
 */
@PreMatching
public final class TrailingSlashes implements ContainerRequestFilter {
    private static final int ROOT_SEGMENTS = 2;

    @Override
    public void filter(ContainerRequestContext request) {
        String path = request.getUriInfo().getPath(false);
        String relative = path.startsWith("/") ? path.substring(1) : path;
        long slashes = relative.chars().filter(c -> c == '/').count();
        if (relative.endsWith("/") && slashes > ROOT_SEGMENTS) {
            throw new NotFoundException();
        }
    }
}
