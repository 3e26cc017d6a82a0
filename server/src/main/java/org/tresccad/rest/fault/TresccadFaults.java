package org.tresccad.rest.fault;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.TresccadException;

/** Errors this daemon raised on purpose. */
public final class TresccadFaults implements ExceptionMapper<TresccadException> {
    private static final Logger LOG = LoggerFactory.getLogger(TresccadFaults.class);

    private final FaultRenderer renderer;

    @Inject
    private @Nullable Provider<ContainerRequestContext> request;

    /** Renders with {@code renderer}. */
    public TresccadFaults(FaultRenderer renderer) {
        this.renderer = renderer;
    }

    @Override
    public Response toResponse(TresccadException error) {
        Fault fault = Fault.of(error.kind());
        if (fault.status() >= 500) {
            LOG.error("{}", error.getMessage(), error);
        } else if (error.getCause() != null) {
            LOG.debug("{}", error.getMessage(), error);
        }
        return renderer.render(RequestAtHand.of(request), fault, error.getMessage());
    }
}
