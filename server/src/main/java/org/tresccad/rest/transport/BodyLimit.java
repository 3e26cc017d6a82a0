package org.tresccad.rest.transport;

import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.Response.Status;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bounds the bodies that are read into memory. Bodies that stream ({@code application/octet-stream}) are bounded where
 * they are stored.
 */
public final class BodyLimit implements ContainerRequestFilter {
    private final long mostBytes;

    /** A limit of {@code mostBytes} for each body. */
    public BodyLimit(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        String type = request.getHeaderString("Content-Type");
        if (type != null && type.startsWith("application/octet-stream")) {
            return;
        }
        if (request.getLength() > mostBytes) {
            throw tooLarge();
        }
        request.setEntityStream(new Bounded(request.getEntityStream()));
    }

    private ClientErrorException tooLarge() {
        return new ClientErrorException(
                "The request's body is larger than " + mostBytes + " bytes.", Status.REQUEST_ENTITY_TOO_LARGE);
    }

    private final class Bounded extends FilterInputStream {
        private long seen;

        Bounded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            count(Math.max(read, 0));
            return read;
        }

        private void count(int bytes) {
            seen += bytes;
            if (seen > mostBytes) {
                throw tooLarge();
            }
        }
    }
}
