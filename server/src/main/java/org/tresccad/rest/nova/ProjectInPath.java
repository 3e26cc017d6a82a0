package org.tresccad.rest.nova;

import jakarta.annotation.Priority;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.UriInfo;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes the project out of {@code /compute/v2.1/{project_id}/...}: older clients put it there, and the routes are the
 * same without it. {@link ProjectCheck} compares it with the token later. What is below {@code /compute/v2/} is served
 * as if it were asked of v2.1.
 */
@PreMatching
@Priority(200)
final class ProjectInPath implements ContainerRequestFilter {
    private static final String PROPERTY = "org.tresccad.project";
    private static final Pattern FORM = Pattern.compile("/?compute/v2(?:\\.1)?/(?:([0-9a-f]{32})/)?(.+)");

    @Override
    public void filter(ContainerRequestContext request) {
        UriInfo uri = request.getUriInfo();
        Matcher path = FORM.matcher(uri.getPath(false));
        if (path.matches()) {
            Optional.ofNullable(path.group(1)).ifPresent(project -> request.setProperty(PROPERTY, project));
            request.setRequestUri(
                    uri.getBaseUri(),
                    uri.getBaseUriBuilder()
                            .path("compute/v2.1/")
                            .path(path.group(2))
                            .replaceQuery(uri.getRequestUri().getRawQuery())
                            .build());
        }
    }

    /** The project that was in the path, if there was one. */
    static Optional<String> of(ContainerRequestContext request) {
        return request.getProperty(PROPERTY) instanceof String project ? Optional.of(project) : Optional.empty();
    }
}
