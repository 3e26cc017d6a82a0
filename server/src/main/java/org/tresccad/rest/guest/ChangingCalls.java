package org.tresccad.rest.guest;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * What holds for every call that changes something: no proxy has passed it on (EC2 refuses the same, since a proxy in a
 * guest that forwards what strangers ask for must not get them a token), and its body is small.
 */
@PreMatching
@Priority(Priorities.AUTHORIZATION)
final class ChangingCalls implements ContainerRequestFilter {
    static final int LARGEST_BODY = 16 << 10;

    @Override
    public void filter(ContainerRequestContext request) throws IOException {
        switch (request.getMethod()) {
            case "GET", "HEAD", "OPTIONS" -> {}
            default -> {
                if (request.getHeaderString("X-Forwarded-For") != null) {
                    throw new TresccadException(
                            ErrorKind.FORBIDDEN, "A request that a proxy passed on cannot change anything here.");
                }
                byte[] body = request.getEntityStream().readNBytes(LARGEST_BODY + 1);
                if (body.length > LARGEST_BODY) {
                    throw new TresccadException(
                            ErrorKind.TOO_LARGE, "The body is larger than " + LARGEST_BODY + " bytes.");
                }
                request.setEntityStream(new ByteArrayInputStream(body));
            }
        }
    }
}
