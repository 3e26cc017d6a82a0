package org.tresccad.rest.fault;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.rest.RequestIds;

/** Everything nobody thought of: one sentence and a request id to the client, the stack to the log. */
public final class UnknownFaults implements ExceptionMapper<Throwable> {
    private static final Logger LOG = LoggerFactory.getLogger(UnknownFaults.class);

    private final FaultRenderer renderer;

    @Inject
    private @Nullable Provider<ContainerRequestContext> request;

    /** Renders with {@code renderer}. */
    public UnknownFaults(FaultRenderer renderer) {
        this.renderer = renderer;
    }

    @Override
    public Response toResponse(Throwable error) {
        ContainerRequestContext at = RequestAtHand.of(request);
        LOG.error("{} {} failed", at.getMethod(), at.getUriInfo().getPath(), error);
        return renderer.render(
                at,
                Fault.of(ErrorKind.INTERNAL),
                "The request failed unexpectedly; look for " + RequestIds.of(at) + " in the log of the host.");
    }
}
