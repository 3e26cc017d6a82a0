package org.tresccad.migration.peer;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.cloud.CloudCalls;
import org.tresccad.cloud.ProjectClouds;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.ForeignRegister;
import org.tresccad.handover.Verdict;
import org.tresccad.hypervisor.HostCpu;
import org.tresccad.identity.ProjectId;
import org.tresccad.instance.Homes;
import org.tresccad.migration.Destination;
import org.tresccad.migration.Destinations;
import org.tresccad.migration.MoveMode;
import org.tresccad.migration.Peer;
import org.tresccad.vmpackage.Manifest;

/** The clouds of this host's clouds.yaml as places to move to, and as homes of packages that came from there. */
public final class CloudDestinations implements Destinations, Homes {
    private static final Logger LOG = LoggerFactory.getLogger(CloudDestinations.class);
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final ProjectClouds clouds;
    private final ExecutorService executor;
    private final Map<Cloud, Kind> kinds = new ConcurrentHashMap<>();
    private final Map<String, UUID> hostIds = new ConcurrentHashMap<>();

    /** Over {@code clouds}; asks them side by side on {@code executor}. */
    public CloudDestinations(ProjectClouds clouds, ExecutorService executor) {
        this.clouds = clouds;
        this.executor = executor;
    }

    @Override
    public List<String> names(ProjectId project) {
        return clouds.names(project);
    }

    @Override
    public List<Destination> probe(ProjectId project) {
        List<CompletableFuture<Destination>> asked = names(project).stream()
                .map(name -> CompletableFuture.supplyAsync(() -> probe(project, name), executor)
                        .completeOnTimeout(
                                new Destination(name, "unknown", false, "It does not answer."),
                                PATIENCE.toMillis(),
                                TimeUnit.MILLISECONDS))
                .toList();
        return asked.stream().map(CompletableFuture::join).toList();
    }

    @Override
    public Optional<Set<HostCpu>> cpus(ProjectId project) {
        List<CompletableFuture<Optional<HostCpu>>> asked = names(project).stream()
                .map(name -> CompletableFuture.supplyAsync(() -> cpu(project, name), executor)
                        .completeOnTimeout(Optional.empty(), PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .toList();
        Set<HostCpu> known = new HashSet<>();
        for (CompletableFuture<Optional<HostCpu>> one : asked) {
            Optional<HostCpu> cpu = one.join();
            if (cpu.isEmpty()) {
                return Optional.empty();
            }
            known.add(cpu.get());
        }
        return Optional.of(known);
    }

    /** Not remembered: a host gets another CPU, or another QEMU. */
    private Optional<HostCpu> cpu(ProjectId project, String name) {
        try {
            return cloud(project, name)
                    .tresccad()
                    .get("host", HandoverWire.HostView.class)
                    .hypervisor()
                    .cpu()
                    .map(HandoverWire.CpuView::asCpu);
        } catch (CloudException | IllegalArgumentException e) {
            LOG.info("'{}' does not say what CPU its guests can have: {}", name, e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public Peer connect(ProjectId project, String name) {
        Cloud cloud = cloud(project, name);
        return kind(cloud) == Kind.OPENSTACK ? new OpenStackPeer(cloud) : new CloudPeer(cloud);
    }

    @Override
    public void requireTakes(ProjectId project, String name, MoveMode mode) {
        Cloud cloud = cloud(project, name);
        if (kind(cloud) != Kind.OPENSTACK) {
            return;
        }
        try {
            OpenStackPeer.requirePlugin(cloud);
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.CONFLICT) {
                throw e;
            }
            LOG.info("'{}' does not say now whether it takes guests: {}", name, e.getMessage());
        }
        if (mode == MoveMode.WARM) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "'" + name + "' is an OpenStack, to which instances move in mode 'package' only, not 'warm'.");
        }
    }

    @Override
    public Optional<ForeignRegister> register(ProjectId project, Manifest.Home home) {
        return isGlance(home)
                ? nameOf(project, home).map(name -> new GlanceHome(cloud(project, name)))
                : Optional.empty();
    }

    @Override
    public Optional<Home> find(ProjectId project, Manifest.Home home) {
        return nameOf(project, home)
                .or(() -> {
                    // A host that was set up anew has another id than the one remembered.
                    names(project).forEach(hostIds::remove);
                    return nameOf(project, home);
                })
                .map(name -> isGlance(home)
                        ? new GlanceHome(cloud(project, name))
                        : (epoch, nonce, claimant) -> claim(cloud(project, name), epoch, nonce, claimant));
    }

    @Override
    public boolean supersede(ProjectId project, Manifest.Home home, Epoch given, UUID nonce, Epoch raised) {
        Optional<String> name = nameOf(project, home);
        if (name.isEmpty()) {
            return false;
        }
        if (isGlance(home)) {
            return new GlanceHome(cloud(project, name.get())).close(given, nonce);
        }
        try {
            CloudCalls.run(() -> Superseding.tell(cloud(project, name.get()), given, nonce, raised));
            return true;
        } catch (TresccadException e) {
            // A home that does not know the epoch has lost what it had of it.
            return e.kind() == ErrorKind.NOT_FOUND;
        }
    }

    private Optional<String> nameOf(ProjectId project, Manifest.Home home) {
        return names(project).stream()
                .filter(name -> home.hostId()
                        .equals((isGlance(home) ? glanceId(project, name) : hostId(project, name)).orElse(null)))
                .findFirst();
    }

    private Destination probe(ProjectId project, String name) {
        try {
            Cloud cloud = cloud(project, name);
            boolean isOurs = cloud.tresccad().present();
            kinds.put(cloud, isOurs ? Kind.TRESCCAD : Kind.OPENSTACK);
            return new Destination(name, isOurs ? "tresccad" : Destination.OPENSTACK, true, "");
        } catch (CloudException e) {
            return new Destination(name, "unknown", false, String.valueOf(e.getMessage()));
        }
    }

    private static boolean isGlance(Manifest.Home home) {
        return home.kind().equals(GlanceHome.KIND);
    }

    private Optional<UUID> glanceId(ProjectId project, String name) {
        try {
            return Optional.of(GlanceHome.of(cloud(project, name)).hostId());
        } catch (TresccadException e) {
            LOG.debug("the image service of {} is not known now", name, e);
            return Optional.empty();
        }
    }

    /** Remembered for as long as the cloud is configured so. */
    private Kind kind(Cloud cloud) {
        @Nullable Kind known = kinds.get(cloud);
        if (known != null) {
            return known;
        }
        try {
            Kind found = cloud.tresccad().present() ? Kind.TRESCCAD : Kind.OPENSTACK;
            kinds.put(cloud, found);
            return found;
        } catch (CloudException e) {
            LOG.debug("'{}' does not say what it is", cloud.name(), e);
            return Kind.UNKNOWN;
        }
    }

    private enum Kind {
        TRESCCAD,
        OPENSTACK,
        UNKNOWN
    }

    /** Remembered, since a host keeps its id for as long as its state; unknown while the cloud does not answer or is no tresccad host. */
    private Optional<UUID> hostId(ProjectId project, String name) {
        UUID known = hostIds.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        try {
            UUID id = cloud(project, name)
                    .tresccad()
                    .get("host", HandoverWire.HostView.class)
                    .id();
            hostIds.put(name, id);
            return Optional.of(id);
        } catch (CloudNotFound plainOpenStack) {
            return Optional.empty();
        } catch (CloudException e) {
            return Optional.empty();
        }
    }

    private static Verdict claim(Cloud home, Epoch epoch, UUID nonce, Claimant claimant) {
        return CloudCalls.call(() -> home.tresccad()
                .post(
                        HandoverWire.path(epoch) + "/claim",
                        new HandoverWire.ClaimRequest(nonce, claimant.value()),
                        HandoverWire.VerdictView.class)
                .verdict());
    }

    private Cloud cloud(ProjectId project, String name) {
        return clouds.find(project, name)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.BAD_REQUEST,
                        "Destination '" + name + "' is not known on this host; it knows "
                                + String.join(", ", names(project)) + " for this project."));
    }
}
