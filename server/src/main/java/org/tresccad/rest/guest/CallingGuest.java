package org.tresccad.rest.guest;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import org.glassfish.grizzly.http.server.Request;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.metadata.GuestCaller;
import org.tresccad.metadata.WhoIsCalling;
import org.tresccad.rest.guest.GuestLimits.Slot;

/**
 * Finds out which guest a request is from, before anything else of it is looked at, and whether it may make one more.
 * Whoever is no guest finds nothing here.
 */
@PreMatching
@Priority(Priorities.AUTHENTICATION)
final class CallingGuest implements ContainerRequestFilter {
    private static final String GUEST = "org.tresccad.guest";
    private static final String CONNECTION = "org.tresccad.guest.connection";

    private final WhoIsCalling who;
    private final GuestLimits limits;

    @Inject
    private @Nullable Provider<Request> connections;

    CallingGuest(WhoIsCalling who, GuestLimits limits) {
        this.who = who;
        this.limits = limits;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (connections == null) {
            throw new IllegalStateException("this filter is not registered with Jersey on Grizzly");
        }
        Request connection = connections.get();
        // The peer of the connection; Grizzly reads no header for it.
        GuestCaller guest = who.at(connection.getRemoteAddr())
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "There is nothing here for you."));
        Slot slot = limits.enter(guest.instance().id());
        connection.addAfterServiceListener(done -> slot.close());
        request.setProperty(GUEST, guest);
        request.setProperty(CONNECTION, connection);
    }

    /** The guest that made {@code request}. */
    static GuestCaller of(ContainerRequestContext request) {
        if (request.getProperty(GUEST) instanceof GuestCaller guest) {
            return guest;
        }
        throw new IllegalStateException("a request that no guest was found for went on");
    }

    /** The request as Grizzly has it. */
    static Request connection(ContainerRequestContext request) {
        if (request.getProperty(CONNECTION) instanceof Request connection) {
            return connection;
        }
        throw new IllegalStateException("a request that no guest was found for went on");
    }
}
