package org.tresccad.client.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509TrustManager;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.tresccad.client.config.CloudConfig;

/** Builds the OkHttp client of one cloud. */
final class HttpClients {
    private HttpClients() {}

    static OkHttpClient of(CloudConfig config, Timeouts timeouts, Optional<SshTunnel> tunnel) {
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .connectTimeout(timeouts.connect())
                .readTimeout(timeouts.silence())
                .writeTimeout(timeouts.silence())
                .callTimeout(timeouts.call())
                // A redirect would carry the token to wherever the answer says.
                .followRedirects(false)
                .followSslRedirects(false)
                // One stream per connection: a bulk upload must not share a window with small questions.
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectionSpecs(List.of(ConnectionSpec.MODERN_TLS, ConnectionSpec.CLEARTEXT))
                .connectionPool(new ConnectionPool(4, 30, TimeUnit.SECONDS));
        tunnel.ifPresent(through -> builder.socketFactory(through.sockets())
                .dns(name -> List.of(resolveFar(name)))
                .proxy(Proxy.NO_PROXY)
                // The first connection includes SSH's own handshake, which has a timeout of its own.
                .connectTimeout(timeouts.connect().plus(Duration.ofSeconds(1))));
        if (!config.trust().verify()) {
            X509TrustManager everyone = Certificates.everyone();
            builder.sslSocketFactory(Certificates.sockets(everyone), everyone).hostnameVerifier((host, tls) -> true);
        } else {
            config.trust()
                    .caFile()
                    .map(Certificates::fromFile)
                    .ifPresent(trust -> builder.sslSocketFactory(Certificates.sockets(trust), trust));
        }
        return builder.build();
    }

    private static InetAddress resolveFar(String name) {
        try {
            return SshTunnel.farName(name);
        } catch (IOException impossible) {
            throw new IllegalStateException("four bytes are an address", impossible);
        }
    }
}
