package org.tresccad.rest.fault;

import jakarta.inject.Provider;
import jakarta.ws.rs.container.ContainerRequestContext;
import org.jspecify.annotations.Nullable;

/** The request of the current thread, as Jersey provides it to exception mappers, which are there before any request. */
final class RequestAtHand {
    private RequestAtHand() {}

    static ContainerRequestContext of(@Nullable Provider<ContainerRequestContext> injected) {
        if (injected == null) {
            throw new IllegalStateException("this provider is not registered with Jersey");
        }
        return injected.get();
    }
}
