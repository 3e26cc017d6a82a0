package org.tresccad.client;

import java.time.Clock;
import java.util.Optional;
import org.tresccad.client.compute.Compute;
import org.tresccad.client.compute.ServerParts;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.handover.GlanceRegister;
import org.tresccad.client.http.CloudHttp;
import org.tresccad.client.http.Service;
import org.tresccad.client.http.Timeouts;
import org.tresccad.client.image.Images;
import org.tresccad.client.network.Networks;
import org.tresccad.client.tresccad.Tresccad;

/**
 * A connection to one cloud: a tresccad host or an OpenStack region. Logs in when first used and again whenever
 * needed. Safe for any number of threads. Every failure is a {@link org.tresccad.client.error.CloudException}.
 */
public final class Cloud implements AutoCloseable {
    private final CloudConfig config;
    private final CloudHttp http;

    private Cloud(CloudConfig config, CloudHttp http) {
        this.config = config;
        this.http = http;
    }

    /** Prepares a connection; nothing is sent yet. */
    public static Cloud of(CloudConfig config) {
        return of(config, Timeouts.DEFAULT, Clock.systemUTC());
    }

    /** As above; {@code clock} decides when a token is old. */
    public static Cloud of(CloudConfig config, Timeouts timeouts, Clock clock) {
        return new Cloud(config, new CloudHttp(config, timeouts, clock));
    }

    /** What the configuration calls it. */
    public String name() {
        return config.name();
    }

    /** How it is reached. */
    public CloudConfig config() {
        return config;
    }

    /** Id of the project that its answers are about. Logs in if need be. */
    public String projectId() {
        return http.projectId();
    }

    /** Id of the user that we are there. Logs in if need be. */
    public String userId() {
        return http.userId();
    }

    /** Its image service. */
    public Images images() {
        return new Images(http);
    }

    /** Its compute service. */
    public Compute compute() {
        return new Compute(http);
    }

    /** What belongs to its servers. */
    public ServerParts serverParts() {
        return new ServerParts(http);
    }

    /** Its network service; tresccad hosts have none. */
    public Optional<Networks> networks() {
        return http.offers(Service.NETWORK) ? Optional.of(new Networks(http)) : Optional.empty();
    }

    /** The register of handovers in its image service, if it is an OpenStack: a tresccad host has another. */
    public GlanceRegister register() {
        return new GlanceRegister(http);
    }

    /** tresccad's own routes, if it is a tresccad host. */
    public Tresccad tresccad() {
        return new Tresccad(http);
    }

    /** Ends everything that is under way, the SSH tunnel included. */
    @Override
    public void close() {
        http.close();
    }
}
