package org.tresccad.daemon;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.glassfish.jersey.server.ResourceConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.daemon.config.ApiConfig;
import org.tresccad.daemon.config.Config;
import org.tresccad.daemon.config.HostPort;
import org.tresccad.daemon.config.MovesConfig;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.PasswordHash;
import org.tresccad.identity.Token;
import org.tresccad.metadata.GuestHistory;
import org.tresccad.metadata.GuestPasswords;
import org.tresccad.metadata.GuestPolicy;
import org.tresccad.metadata.Location;
import org.tresccad.metadata.MigrationPolicy;
import org.tresccad.metadata.SessionTokens;
import org.tresccad.metadata.WhoIsCalling;
import org.tresccad.network.Ipv4;
import org.tresccad.network.Subnet;
import org.tresccad.rest.ApiApplication;
import org.tresccad.rest.glance.GlanceApi;
import org.tresccad.rest.guest.DestinationsResource;
import org.tresccad.rest.guest.Ec2Resource;
import org.tresccad.rest.guest.EventAnswersResource;
import org.tresccad.rest.guest.EventsResource;
import org.tresccad.rest.guest.GuestApplication;
import org.tresccad.rest.guest.GuestLimits;
import org.tresccad.rest.guest.GuestResource;
import org.tresccad.rest.guest.MigrationsResource;
import org.tresccad.rest.guest.MovesOfGuest;
import org.tresccad.rest.guest.OpenStackResource;
import org.tresccad.rest.guest.RecentProbes;
import org.tresccad.rest.guest.RootResource;
import org.tresccad.rest.identity.IdentityApi;
import org.tresccad.rest.nova.NovaApi;
import org.tresccad.rest.nova.json.Site;
import org.tresccad.rest.transport.BodyLimit;
import org.tresccad.rest.tresccad.ChecksResource;
import org.tresccad.rest.tresccad.HandoversResource;
import org.tresccad.rest.tresccad.HostResource;
import org.tresccad.rest.tresccad.MovesResource;
import org.tresccad.rest.tresccad.NetworkResource;
import org.tresccad.rest.tresccad.ReclaimsResource;

/** The only place that makes adapters: builds everything in order, and closes it in reverse. */
public final class Wiring implements Daemon {
    /** One in so many threads of the guest API may wait for events; the others answer. */
    private static final int SHARE_OF_WAITING_GUESTS = 4;

    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);
    private static final Duration HOUSEKEEPING = Duration.ofSeconds(10);
    private static final String ZONE = "nova";
    private static final String NETWORK = "private";

    @Override
    public Running start(Config config) {
        Closing closing = new Closing();
        try {
            Metrics metrics = new Metrics();
            closing.add("metrics", metrics::close);
            Optional<Tls> tls = tls(config);
            Foundation base = new Foundation(config, closing);
            base.images.reconcile();
            LOG.info(
                    "this host runs guests on {}",
                    base.hypervisor.capabilities().virtType());
            base.network.reconcile();
            UseCases cases = new UseCases(config, base, metrics);
            cases.recover();
            base.network.apply();
            keepHouse(config, cases, closing);
            HttpListener guests = guestListener(config, base, cases);
            closing.add("guest listener", guests::close);
            guests.start();
            HttpListener api = apiListener(config, base, cases, tls, metrics);
            closing.add("API listener", api::close);
            metrics.gauge("tresccad.connections", "Open connections", "listener", "api", api::connections);
            metrics.gauge("tresccad.connections", "Open connections", "listener", "guest-api", guests::connections);
            api.start();
            return new Started(Announcement.of(api.uri(), tls), closing);
        } catch (RuntimeException | Error e) {
            closing.close();
            throw e;
        }
    }

    @Override
    public void cleanup(Config config) {
        Closing closing = new Closing();
        try {
            Foundation base = new Foundation(config, closing);
            int domains = base.hypervisor.domains().size();
            if (domains > 0) {
                throw new TresccadException(
                        ErrorKind.CONFLICT,
                        domains + " guests of this host still run. Stop or move them first; nothing was removed.");
            }
            base.network.cleanup();
        } finally {
            closing.close();
        }
    }

    @Override
    public String hashPassword(String password) {
        return PasswordHash.of(password).phc();
    }

    private static HttpListener apiListener(
            Config config, Foundation base, UseCases cases, Optional<Tls> tls, Metrics metrics) {
        String host = config.host().name();
        NovaRequests requests = new NovaRequests(cases.move, cases.engine, cases.save, cases.restore, host);
        Site site = new Site(host, ZONE, NETWORK);
        List<Object> components = new ArrayList<>();
        components.addAll(IdentityApi.resources(base.identity, config.host().region()));
        components.addAll(GlanceApi.resources(base.images, base.members, base.imports));
        components.addAll(NovaApi.resources(
                new NovaApi.UseCases(cases.boot, cases.power, cases.edit, cases.delete, cases.snapshot),
                new NovaApi.Records(cases.instances, cases.annotations, cases.actionLog, cases.flavors, cases.keyPairs),
                new NovaApi.Host(base.hypervisor, base.network, base.images, cases.files, cases.capacity, cases.quotas),
                new NovaApi.Extensions(requests, requests),
                site,
                base.clock));
        components.add(new HostResource(
                base.hostId, host, Version.text(), base.hypervisor, cases.capacity, cases.destinations));
        components.add(new NetworkResource(base.network, site.networkId(), site.networkName()));
        components.add(new ChecksResource(cases.check));
        components.add(new ReclaimsResource(cases.reclaim, cases.arrivals, cases.conclude));
        components.add(new MovesResource(cases.move, cases.engine, host));
        components.add(new HandoversResource(
                cases.admission, cases.claims, cases.arrivals, cases.receive, cases.conclude, base.changes));
        ApiConfig api = config.http().api();
        components.add(new BodyLimit(api.maxBodyBytes()));
        return new HttpListener(
                "api",
                api.listen(),
                api.limits(),
                tls.map(Tls::context),
                ApiApplication.of(base.identity, components),
                Map.of("/metrics", new MetricsPage(metrics, token -> base.identity
                        .token(token)
                        .filter(Token::isAdmin)
                        .isPresent())));
    }

    private static HttpListener guestListener(Config config, Foundation base, UseCases cases) {
        Location location = new Location(config.host().name(), config.host().region(), ZONE);
        MovesConfig.Guests guests = config.moves().guests();
        MigrationPolicy policy = new MigrationPolicy(
                new GuestPolicy(
                        GuestPolicy.MayAsk.valueOf(guests.allowMigration().name()),
                        guests.migrationRate().count(),
                        guests.migrationRate().per()),
                base.clock);
        SessionTokens tokens = new SessionTokens(base.clock);
        GuestHistory history = new GuestHistory(cases.arrivals, cases.guestEvents);
        RecentProbes probes = new RecentProbes(cases.destinations);
        ResourceConfig application = GuestApplication.of(
                new WhoIsCalling(base.network, cases.instances),
                GuestLimits.ofDefaults(),
                List.of(
                        new RootResource(),
                        new OpenStackResource(location, base.network, new GuestPasswords(base.database)),
                        new Ec2Resource(location, tokens),
                        new GuestResource(location, history),
                        new EventAnswersResource(cases.prepareGuest, tokens),
                        new EventsResource(
                                history,
                                cases.guestListeners,
                                base.changes,
                                location,
                                config.http().guestApi().limits().threads() / SHARE_OF_WAITING_GUESTS),
                        new DestinationsResource(probes, policy, cases.moves, cases.files),
                        new MigrationsResource(
                                cases.move,
                                cases.moves,
                                new MovesOfGuest(cases.moves, cases.arrivals, location),
                                policy,
                                tokens)));
        return new HttpListener(
                "guest-api",
                new HostPort(
                        base.network.guestNetwork().gateway().toString(),
                        config.http().guestApi().port()),
                config.http().guestApi().limits(),
                Optional.empty(),
                application,
                Map.of());
    }

    /** Notices what nobody reports: guests that ended while libvirt was away, arrivals that did not start. */
    private static void keepHouse(Config config, UseCases cases, Closing closing) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "housekeeping");
            thread.setDaemon(true);
            return thread;
        });
        Future<?> forEver = every(HOUSEKEEPING, timer, "housekeeping", cases::keepHouse);
        closing.add("housekeeping", () -> {
            forEver.cancel(false);
            timer.shutdownNow();
        });
        // By itself: a cloud that is silent for long keeps nobody from keeping house.
        ScheduledExecutorService postman = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "inbox");
            thread.setDaemon(true);
            return thread;
        });
        Future<?> looking = every(config.moves().migration().inboxInterval(), postman, "the inbox", cases.inbox::look);
        closing.add("inbox", () -> {
            looking.cancel(true);
            postman.shutdownNow();
        });
    }

    private static Future<?> every(Duration pause, ScheduledExecutorService timer, String what, Runnable work) {
        return timer.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException e) {
                        LOG.warn("{} will try again: {}", what, e.getMessage());
                    }
                },
                pause.toMillis(),
                pause.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private static Optional<Tls> tls(Config config) {
        ApiConfig api = config.http().api();
        if (!api.tls().enabled()) {
            return Optional.empty();
        }
        Subnet guests = config.network().addresses().subnet();
        return Optional.of(
                Tls.load(api.tls(), config.host(), api.listen(), address -> isIn(guests, address), Clock.systemUTC()));
    }

    private static boolean isIn(Subnet network, InetAddress address) {
        return address.getAddress().length == 4 && network.contains(Ipv4.parse(address.getHostAddress()));
    }

    private record Started(String announcement, Closing closing) implements Running {
        @Override
        public void close() {
            closing.close();
        }
    }
}
