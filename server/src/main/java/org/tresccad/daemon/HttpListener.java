package org.tresccad.daemon;

import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.HttpHandlerRegistration;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.http.server.ServerConfiguration;
import org.glassfish.grizzly.nio.transport.TCPNIOTransport;
import org.glassfish.grizzly.nio.transport.TCPNIOTransportBuilder;
import org.glassfish.grizzly.ssl.SSLEngineConfigurator;
import org.glassfish.grizzly.strategies.WorkerThreadIOStrategy;
import org.glassfish.grizzly.threadpool.ThreadPoolConfig;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.daemon.config.HostPort;
import org.tresccad.daemon.config.HttpLimits;

/**
 * One HTTP/1.1 server. Bodies stream in both directions: a request's body is read as the resource reads it, a
 * response's is sent as it is written, and a writer waits for a slow client. Nothing is served from files, compressed,
 * cached or traced, and neither answers nor errors name the software.
 *
 * <p>Built when the daemon is wired, bound by {@link #start}: the guest listener's address exists only once the network
 * is up.
 */
public final class HttpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);

    /** User data is 64 KiB in a body, never in a header; tokens and scopes fit in far less. */
    private static final int MOST_HEADER_BYTES = 32 << 10;

    private static final int MOST_HEADERS = 100;

    /** Waiting for a slow reader begins here; small, as every open download may hold as much. */
    private static final int MOST_PENDING_BYTES = 512 << 10;

    /** What is left of a refused body is read up to here, so that the client sees the answer and not a reset. */
    private static final int MOST_BYTES_SKIPPED = 1 << 20;

    private static final Duration GRACE = Duration.ofSeconds(3);
    private static final Duration GIVE_UP = Duration.ofSeconds(2);

    private final String name;
    private final HostPort address;
    private final boolean secure;
    private final HttpServer server;
    private final NetworkListener listener;
    private final ConnectionLimits limits;

    /**
     * Builds a listener that does not listen yet.
     *
     * @param name for logs, threads and metrics: {@code api}, {@code guest-api}
     * @param address port 0 lets the system choose
     * @param tls absent: plain HTTP
     * @param application what is served; {@link #quiet} is applied to it
     * @param handlers more handlers by their exact path, outside of the application
     */
    public HttpListener(
            String name,
            HostPort address,
            HttpLimits limits,
            Optional<SSLContext> tls,
            ResourceConfig application,
            Map<String, HttpHandler> handlers) {
        this.name = name;
        this.address = address;
        this.secure = tls.isPresent();
        this.limits = new ConnectionLimits(name, limits);
        this.server = new HttpServer();
        this.listener = new NetworkListener(name, address.host(), address.port());
        configure(limits, tls);
        server.addListener(listener);
        ServerConfiguration configuration = server.getServerConfiguration();
        configuration.setName(name);
        configuration.setPassTraceRequest(false);
        configuration.setTraceEnabled(false);
        configuration.setJmxEnabled(false);
        configuration.setGracefulShutdownSupported(true);
        configuration.setDefaultErrorPageGenerator(new JsonErrorPage());
        configuration.setMaxPayloadRemainderToSkip(MOST_BYTES_SKIPPED);
        configuration.setAllowPayloadForUndefinedHttpMethods(true);
        configuration.getMonitoringConfig().getWebServerConfig().addProbes(this.limits.requests());
        handlers.forEach(
                (path, handler) -> configuration.addHttpHandler(handler, HttpHandlerRegistration.fromString(path)));
        configuration.addHttpHandler(
                new ApplicationHandler(quiet(application)), HttpHandlerRegistration.fromString("/*"));
    }

    /**
     * Switches off what no API of ours wants: the WADL document, and Grizzly's error page in place of the empty body of
     * an answer that has an error status.
     */
    public static ResourceConfig quiet(ResourceConfig application) {
        return application
                .property(ServerProperties.WADL_FEATURE_DISABLE, true)
                .property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
    }

    /**
     * Binds the address and serves.
     *
     * @throws ListenerUnavailable when the address is taken or not this host's
     */
    public void start() {
        try {
            server.start();
        } catch (IOException e) {
            server.shutdownNow();
            limits.close();
            Throwable cause = e instanceof BindException || e.getCause() == null ? e : e.getCause();
            throw new ListenerUnavailable(name, address, String.valueOf(cause.getMessage()), e);
        }
        limits.start();
        LOG.info("Listener {} serves {}", name, uri());
    }

    /** Where it listens, with the real port once started. */
    public URI uri() {
        int port = server.isStarted() ? listener.getPort() : address.port();
        return URI.create((secure ? "https://" : "http://") + new HostPort(address.host(), port));
    }

    /** Open connections right now. */
    public int connections() {
        return limits.open();
    }

    /** Takes no more requests, lets running ones end for some seconds, then cuts them. */
    @Override
    public void close() {
        try {
            server.shutdown(GRACE.toMillis(), TimeUnit.MILLISECONDS)
                    .get(GRACE.plus(GIVE_UP).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Listener {} did not end in order and is cut", name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.shutdownNow();
        limits.close();
    }

    private void configure(HttpLimits limits, Optional<SSLContext> tls) {
        ThreadPoolConfig workers = ThreadPoolConfig.defaultConfig()
                .copy()
                .setPoolName(name)
                .setDaemon(true)
                .setCorePoolSize(Math.min(4, limits.threads() - 1))
                .setMaxPoolSize(limits.threads())
                .setQueueLimit(limits.connections())
                .setKeepAliveTime(30, TimeUnit.SECONDS);
        TCPNIOTransport transport = TCPNIOTransportBuilder.newInstance()
                .setName(name)
                .setIOStrategy(WorkerThreadIOStrategy.getInstance())
                .setWorkerThreadPoolConfig(workers)
                .setSelectorRunnersCount(1)
                .setReuseAddress(true)
                .setTcpNoDelay(true)
                .setKeepAlive(true)
                .setReadTimeout(limits.stallTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .setWriteTimeout(limits.stallTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .build();
        transport.getConnectionMonitoringConfig().addProbes(this.limits.connectionsProbe());
        listener.setTransport(transport);
        listener.setMaxPendingBytes(MOST_PENDING_BYTES);
        listener.getFileCache().setEnabled(false);
        listener.setSendFileEnabled(false);
        listener.setMaxHttpHeaderSize(MOST_HEADER_BYTES);
        listener.setMaxRequestHeaders(MOST_HEADERS);
        listener.getKeepAlive()
                .setIdleTimeoutInSeconds((int) limits.idleTimeout().toSeconds());
        listener.getKeepAlive().setMaxRequestsCount(-1);
        tls.ifPresent(context -> {
            listener.setSecure(true);
            listener.setSSLEngineConfig(engines(context));
        });
    }

    /** TLS 1.2 and 1.3, forward secret, authenticated encryption only (RFC 9325, section 4.2). */
    private static SSLEngineConfigurator engines(SSLContext context) {
        String[] suites = Arrays.stream(context.getSupportedSSLParameters().getCipherSuites())
                .filter(suite -> suite.matches("TLS_(AES|CHACHA20)_.*|TLS_ECDHE_.*_(GCM|POLY1305)_.*"))
                .toArray(String[]::new);
        return new SSLEngineConfigurator(context, false, false, false)
                .setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"})
                .setEnabledCipherSuites(suites);
    }
}
