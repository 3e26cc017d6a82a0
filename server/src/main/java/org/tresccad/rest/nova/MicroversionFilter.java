package org.tresccad.rest.nova;

import jakarta.annotation.Priority;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.Optional;
import org.tresccad.rest.ApiPrefix;
import org.tresccad.rest.fault.Fault;
import org.tresccad.rest.fault.FaultRenderer;
import org.tresccad.rest.nova.json.Microversion;

/** Finds out which microversion a request wants, and says in the answer which one it got. */
@PreMatching
@Priority(100)
final class MicroversionFilter implements ContainerRequestFilter, ContainerResponseFilter {
    private static final String COMMON = "OpenStack-API-Version";
    private static final String LEGACY = "X-OpenStack-Nova-API-Version";
    private static final String PROPERTY = "org.tresccad.microversion";

    private final FaultRenderer renderer = new FaultRenderer();

    @Override
    public void filter(ContainerRequestContext request) {
        if (!isCompute(request)) {
            return;
        }
        Optional<Microversion> wanted = Microversion.requested(
                Optional.ofNullable(request.getHeaderString(COMMON)),
                Optional.ofNullable(request.getHeaderString(LEGACY)));
        wanted.ifPresentOrElse(
                version -> request.setProperty(PROPERTY, version),
                () -> request.abortWith(renderer.render(
                        request,
                        Fault.ofStatus(406),
                        "The version asked for is not supported by the API. Minimum is " + Microversion.OLDEST
                                + " and maximum is " + Microversion.NEWEST + ".")));
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (isCompute(request)) {
            Microversion version = of(request);
            response.getHeaders().putSingle(COMMON, "compute " + version);
            response.getHeaders().putSingle(LEGACY, version.toString());
            response.getHeaders().add(HttpHeaders.VARY, COMMON);
            response.getHeaders().add(HttpHeaders.VARY, LEGACY);
        }
    }

    /** The microversion of a request. */
    static Microversion of(ContainerRequestContext request) {
        return request.getProperty(PROPERTY) instanceof Microversion version ? version : Microversion.OLDEST;
    }

    private static boolean isCompute(ContainerRequestContext request) {
        return ApiPrefix.of(request.getUriInfo().getPath()) == ApiPrefix.COMPUTE;
    }
}
