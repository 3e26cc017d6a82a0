package org.tresccad.daemon;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.ConnectionProbe;
import org.glassfish.grizzly.http.server.HttpServerFilter;
import org.glassfish.grizzly.http.server.HttpServerProbe;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.daemon.config.HttpLimits;

/**
 * Keeps clients from using up a listener: so many connections, so many from one address, and a deadline from the first
 * byte of a request (or the connect) to the end of its header, which a client that sends a byte now and then cannot
 * push away ("slowloris"), and one for the connection that is kept between requests. Bodies that stall are ended by
 * Grizzly's own read and write timeouts.
 */
final class ConnectionLimits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimits.class);
    private static final Duration SWEEP = Duration.ofMillis(500);

    /** What a connection is doing, and until when it may. */
    private static final class Activity {
        final InetAddress peer;
        private boolean inRequest;
        private boolean headerBegun = true;
        private long deadlineNanos;

        Activity(InetAddress peer, long deadlineNanos) {
            this.peer = peer;
            this.deadlineNanos = deadlineNanos;
        }

        synchronized void requestBegins() {
            inRequest = true;
        }

        synchronized void requestEnds(long deadline) {
            inRequest = false;
            headerBegun = false;
            deadlineNanos = deadline;
        }

        synchronized void bytesArrive(long deadline) {
            if (!inRequest && !headerBegun) {
                headerBegun = true;
                deadlineNanos = deadline;
            }
        }

        synchronized boolean isLate(long now) {
            return !inRequest && now - deadlineNanos > 0;
        }
    }

    private final String name;
    private final HttpLimits limits;
    private final Map<Connection<?>, Activity> open = new ConcurrentHashMap<>();
    private final Map<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();
    private final ScheduledExecutorService sweeper;
    private @Nullable Future<?> sweeping;

    ConnectionLimits(String name, HttpLimits limits) {
        this.name = name;
        this.limits = limits;
        this.sweeper = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name + "-limits");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to enforce the deadlines. */
    void start() {
        sweeping =
                sweeper.scheduleWithFixedDelay(this::sweep, SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** How many connections are open. */
    int open() {
        return open.size();
    }

    @Override
    public void close() {
        if (sweeping != null) {
            sweeping.cancel(false);
        }
        sweeper.shutdownNow();
    }

    /** What tells of connections. */
    ConnectionProbe connectionsProbe() {
        return new ConnectionProbe.Adapter() {
            @Override
            @SuppressWarnings("rawtypes")
            public void onAcceptEvent(Connection server, Connection client) {
                accepted(client);
            }

            @Override
            @SuppressWarnings("rawtypes")
            public void onReadEvent(Connection connection, Buffer data, int size) {
                Activity activity = open.get(connection);
                if (activity != null && size > 0) {
                    activity.bytesArrive(after(limits.headerTimeout()));
                }
            }

            @Override
            @SuppressWarnings("rawtypes")
            public void onCloseEvent(Connection connection) {
                closed(connection);
            }
        };
    }

    /** What tells of requests. */
    HttpServerProbe requests() {
        return new HttpServerProbe.Adapter() {
            @Override
            @SuppressWarnings("rawtypes")
            public void onRequestReceiveEvent(HttpServerFilter filter, Connection connection, Request request) {
                Activity activity = open.get(connection);
                if (activity != null) {
                    activity.requestBegins();
                }
            }

            @Override
            @SuppressWarnings("rawtypes")
            public void onRequestCompleteEvent(HttpServerFilter filter, Connection connection, Response response) {
                Activity activity = open.get(connection);
                if (activity != null) {
                    // Whoever still owes the rest of a body, which nobody wants any more, has less patience to expect.
                    boolean whole = response.getRequest().getInputBuffer().isFinished();
                    activity.requestEnds(after(whole ? limits.idleTimeout() : limits.headerTimeout()));
                }
            }
        };
    }

    private void accepted(Connection<?> client) {
        if (!(client.getPeerAddress() instanceof InetSocketAddress peer)) {
            // Gone again before it could be looked at.
            client.closeSilently();
            return;
        }
        InetAddress address = peer.getAddress();
        open.put(client, new Activity(address, after(limits.headerTimeout())));
        int fromThere = perAddress.merge(address, 1, Integer::sum);
        if (open.size() > limits.connections() || fromThere > limits.connectionsPerAddress()) {
            LOG.debug(
                    "Listener {} has {} connections, {} from {}; refusing one", name, open.size(), fromThere, address);
            client.closeSilently();
        }
    }

    private void closed(Connection<?> connection) {
        Activity activity = open.remove(connection);
        if (activity != null) {
            perAddress.computeIfPresent(activity.peer, (address, count) -> count > 1 ? count - 1 : null);
        }
    }

    private void sweep() {
        long now = System.nanoTime();
        open.forEach((connection, activity) -> {
            if (!connection.isOpen()) {
                // Closed between its accept and our note of it, so nobody will tell.
                closed(connection);
            } else if (activity.isLate(now)) {
                LOG.debug("Listener {} closes a connection from {} that makes no progress", name, activity.peer);
                connection.closeSilently();
            }
        });
    }

    private static long after(Duration duration) {
        return System.nanoTime() + duration.toNanos();
    }
}
