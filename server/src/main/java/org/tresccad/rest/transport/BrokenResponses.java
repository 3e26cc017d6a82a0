package org.tresccad.rest.transport;

import jakarta.ws.rs.ext.WriterInterceptor;
import jakarta.ws.rs.ext.WriterInterceptorContext;
import java.io.IOException;

/**
 * Cuts the connection when a body fails after its first bytes went out. Jersey would close the stream as if the body
 * were whole, and the client would keep a short image for a good one.
 */
public final class BrokenResponses implements WriterInterceptor {
    /**
     * The request property with a {@link Runnable} that cuts the connection if the response has begun, and otherwise
     * does nothing, so that the failure becomes an ordinary error response. The listener sets it.
     */
    public static final String CUT = "org.tresccad.rest.transport.cut";

    @Override
    public void aroundWriteTo(WriterInterceptorContext context) throws IOException {
        boolean whole = false;
        try {
            context.proceed();
            whole = true;
        } finally {
            if (!whole && context.getProperty(CUT) instanceof Runnable cut) {
                cut.run();
            }
        }
    }
}
