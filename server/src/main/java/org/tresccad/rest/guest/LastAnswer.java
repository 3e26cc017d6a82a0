package org.tresccad.rest.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import org.glassfish.grizzly.CloseListener;
import org.glassfish.grizzly.CloseType;
import org.glassfish.grizzly.Closeable;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.nio.NIOConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.rest.Connections;

/**
 * The last answer on a connection, after which it is the guest that closes: this side only ends its own direction, which
 * tells every client that nothing more comes, and learns from the guest's end that the answer was read. Had this side
 * closed, the kernel would deliver the rest without telling anybody whether the guest ever got it.
 */
final class LastAnswer {
    private static final Logger LOG = LoggerFactory.getLogger(LastAnswer.class);

    private LastAnswer() {}

    /**
     * The answer to {@code request}, which says {@code Connection: close}, is the last one.
     *
     * @param closed is completed when the guest has closed the connection, or it broke
     */
    static void to(Request request, CompletableFuture<Void> closed) {
        Connection<?> connection = request.getRequest().getConnection();
        CloseListener<Closeable, CloseType> whenClosed = (closeable, type) -> closed.complete(null);
        connection.addCloseListener(whenClosed);
        Connections.whenAnswered(request, () -> keepOpen(request));
        request.addAfterServiceListener(done -> endOutput(connection));
    }

    /** Grizzly closes at the end of an answer whose header says "close"; it may not, once that header is on its way. */
    private static void keepOpen(Request request) {
        try {
            request.getResponse().flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the guest is gone before it was answered", e);
        }
        request.getRequest().getProcessingState().setKeepAlive(true);
    }

    private static void endOutput(Connection<?> connection) {
        if (connection instanceof NIOConnection nio && nio.getChannel() instanceof SocketChannel channel) {
            try {
                channel.shutdownOutput();
            } catch (IOException e) {
                LOG.debug("the guest has closed the connection already", e);
            }
        }
    }
}
