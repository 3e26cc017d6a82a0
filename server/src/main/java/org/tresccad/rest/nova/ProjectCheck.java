package org.tresccad.rest.nova;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.rest.Authenticated;

/** Refuses a path with another project in it than the token is for, as Nova does: 400, and it is the path's fault. */
@Priority(Priorities.AUTHORIZATION)
final class ProjectCheck implements ContainerRequestFilter {
    @Override
    public void filter(ContainerRequestContext request) {
        ProjectInPath.of(request).ifPresent(project -> {
            String own = Authenticated.caller(request).projectId().value();
            if (!own.equals(project)) {
                throw new TresccadException(
                        ErrorKind.BAD_REQUEST,
                        "Malformed request URL: URL's project_id '" + project + "' doesn't match Context's project_id '"
                                + own + "'");
            }
        });
    }
}
