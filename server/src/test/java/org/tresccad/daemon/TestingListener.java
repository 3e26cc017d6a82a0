package org.tresccad.daemon;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.glassfish.jersey.server.ResourceConfig;
import org.tresccad.daemon.config.HostPort;
import org.tresccad.daemon.config.HttpLimits;
import org.tresccad.daemon.config.LogConfig;
import org.tresccad.rest.transport.BodyLimit;

/** A listener on a free port with a few resources that behave as the daemon's do. */
final class TestingListener implements AutoCloseable {
    static final HttpLimits LIMITS =
            new HttpLimits(32, 64, 16, Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(1));

    static {
        Logs.configure(new LogConfig(LogConfig.Level.WARN, LogConfig.Format.TEXT));
    }

    final Resource resource = new Resource();
    final Metrics metrics = new Metrics();
    final HttpListener listener;

    TestingListener(HttpLimits limits, Optional<SSLContext> tls) {
        listener = new HttpListener(
                "test",
                new HostPort("127.0.0.1", 0),
                limits,
                tls,
                new ResourceConfig().register(resource).register(new BodyLimit(100_000)),
                Map.of("/metrics", new MetricsPage(metrics, "admin"::equals)));
        listener.start();
    }

    /** Serves until it is killed; prints its port. */
    public static void main(String[] args) throws InterruptedException {
        TestingListener server = new TestingListener(LIMITS, Optional.empty());
        System.out.println(server.port());
        new CountDownLatch(1).await();
    }

    int port() {
        return listener.uri().getPort();
    }

    @Override
    public void close() {
        listener.close();
        metrics.close();
    }

    /** Streams, waits and fails on demand. */
    @Path("/")
    public static final class Resource {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);

        /** A body of so many bytes that is never in memory as a whole. */
        @GET
        @Path("down")
        public Response down(@QueryParam("bytes") long bytes) {
            StreamingOutput body = out -> {
                byte[] block = new byte[64 << 10];
                for (long left = bytes; left > 0; left -= Math.min(left, block.length)) {
                    out.write(block, 0, (int) Math.min(left, block.length));
                }
            };
            return Response.ok(body).type("application/octet-stream").build();
        }

        /** Counts what comes. */
        @PUT
        @Path("up")
        public String up(InputStream body) throws IOException {
            byte[] block = new byte[64 << 10];
            long bytes = 0;
            for (int read = body.read(block); read >= 0; read = body.read(block)) {
                bytes += read;
            }
            return Long.toString(bytes);
        }

        /** Answers once it may: a long poll. */
        @GET
        @Path("wait")
        public String waiting() throws InterruptedException {
            entered.countDown();
            return release.await(120, TimeUnit.SECONDS) ? "released" : "given up";
        }

        /** Sends the first part, then the rest once it may. */
        @GET
        @Path("follow")
        public StreamingOutput follow() {
            return out -> {
                out.write("first\n".repeat(2000).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                out.flush();
                entered.countDown();
                try {
                    if (!release.await(120, TimeUnit.SECONDS)) {
                        throw new IOException("not released");
                    }
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                out.write("last".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            };
        }

        /** Breaks in the middle of its body. */
        @GET
        @Path("break")
        public StreamingOutput breaking() {
            return out -> {
                out.write(new byte[100_000]);
                out.flush();
                throw new IOException("the source broke");
            };
        }

        /** Says no, without a body. */
        @GET
        @Path("no")
        public Response no() {
            return Response.status(404).build();
        }

        /** Fails in a way nobody mapped. */
        @GET
        @Path("fail")
        public String fail() {
            throw new IllegalStateException("secret path /var/lib/x");
        }
    }
}
