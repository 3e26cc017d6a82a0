package org.tresccad.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.ForeignRegister;
import org.tresccad.handover.Lineage;
import org.tresccad.handover.Verdict;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.image.NewImage;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.Homes;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Preflight;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.migration.BandwidthLimit;
import org.tresccad.migration.DecidingPeer;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageReader;

/**
 * An OpenStack with tresccad's plugin, as far as moves are concerned: a register that gives out each record once, and one
 * compute node, which prepares, claims and runs. The node may die; the register does not. Every message to either can be
 * lost, doubled or late.
 */
public final class TestingOpenStack {
    private static final Logger LOG = LoggerFactory.getLogger(TestingOpenStack.class);

    private final String name;
    private final MortalHost node;
    private final Manifest.Home home;
    private final Map<String, ForeignRegister.Standing> records = new HashMap<>();
    private final Set<ImageId> usedImages = new HashSet<>();
    private final Map<InstanceId, String> failed = new HashMap<>();
    private final Map<InstanceId, ImageId> servers = new HashMap<>();
    private int givingBack;

    TestingOpenStack(String name, MortalHost node) {
        this.name = name;
        this.node = node;
        home = new Manifest.Home("glance", UUID.randomUUID(), "http://" + name + ":9292");
    }

    /** Claims the next packages that it is to restore, and then says that it could not start their guests. */
    public synchronized void giveBackTheNext(int packages) {
        givingBack = packages;
    }

    /** What has been decided of an epoch's attempts, in no order. */
    public synchronized List<ForeignRegister.Standing> records() {
        return List.copyOf(records.values());
    }

    String name() {
        return name;
    }

    Manifest.Home home() {
        return home;
    }

    DecidingPeer peer(TestingInternet internet, Failpoints from) {
        return new CloudPeer(internet, from);
    }

    Homes.Home register(TestingInternet internet, Failpoints from) {
        return new Glance(internet, from);
    }

    private synchronized Verdict decide(Epoch epoch, UUID nonce, Verdict wanted) {
        for (int attempt = 0; true; attempt++) {
            ForeignRegister.Standing standing = records.computeIfAbsent(
                    key(epoch, nonce, attempt), none -> new ForeignRegister.Standing(wanted, false, false));
            if (!standing.isReturned()) {
                return standing.verdict();
            }
        }
    }

    private synchronized Optional<ForeignRegister.Standing> find(Epoch epoch, UUID nonce) {
        Optional<ForeignRegister.Standing> last = Optional.empty();
        for (int attempt = 0; true; attempt++) {
            Optional<ForeignRegister.Standing> next = Optional.ofNullable(records.get(key(epoch, nonce, attempt)));
            if (next.isEmpty()) {
                return last;
            }
            last = next;
        }
    }

    private synchronized void mark(Epoch epoch, UUID nonce, Claimant claimant, boolean isRunning) {
        records.replaceAll((key, standing) -> key.startsWith(nonce + "/" + epoch.number())
                        && standing.verdict().equals(new Verdict.Claimed(claimant))
                ? new ForeignRegister.Standing(standing.verdict(), isRunning, !isRunning)
                : standing);
    }

    private static String key(Epoch epoch, UUID nonce, int attempt) {
        return nonce + "/" + epoch.number() + "." + attempt;
    }

    /** What becomes of a package that cannot be started here; empty when it can. */
    private synchronized Optional<InstanceId> givenBack(Manifest.Identity identity) {
        if (givingBack == 0) {
            return Optional.empty();
        }
        givingBack--;
        Epoch epoch = new Epoch(new Lineage(identity.lineage()), identity.epoch());
        Claimant claimant = Claimant.random();
        if (decide(epoch, identity.nonce(), new Verdict.Claimed(claimant)).equals(new Verdict.Claimed(claimant))) {
            mark(epoch, identity.nonce(), claimant, false);
        }
        InstanceId server = InstanceId.random();
        failed.put(server, "The test could not start it.");
        return Optional.of(server);
    }

    private synchronized InstanceId made(InstanceId server, ImageId of) {
        servers.put(server, of);
        return server;
    }

    private synchronized Optional<ImageId> imageOf(InstanceId server) {
        return Optional.ofNullable(servers.get(server));
    }

    private Manifest.Identity identity(Life life, ImageId image) throws IOException {
        try (InputStream data = life.host.images.open(TestingHost.MEMBER, image, false)) {
            return PackageReader.open(data, PackageLimits.STANDARD, node.workers)
                    .manifest()
                    .identity();
        }
    }

    private synchronized Optional<String> failure(InstanceId server) {
        return Optional.ofNullable(failed.get(server));
    }

    private synchronized void forget(InstanceId server) {
        failed.remove(server);
    }

    private final class Glance implements ForeignRegister, Homes.Home {
        private final TestingInternet internet;
        private final Failpoints from;

        private Glance(TestingInternet internet, Failpoints from) {
            this.internet = internet;
            this.from = from;
        }

        @Override
        public Verdict claim(Epoch epoch, UUID nonce, Claimant claimant) {
            return internet.carry(
                    from, "claim in the cloud", () -> decide(epoch, nonce, new Verdict.Claimed(claimant)));
        }

        @Override
        public Verdict withdraw(Epoch epoch, UUID nonce) {
            return internet.carry(from, "withdraw in the cloud", () -> decide(epoch, nonce, new Verdict.Withdrawn()));
        }

        @Override
        public Optional<Standing> find(Epoch epoch, UUID nonce) {
            from.check();
            saysWhatRuns(epoch);
            return TestingOpenStack.this.find(epoch, nonce);
        }

        /** The plugin says it once more when nova-compute has started again. */
        private void saysWhatRuns(Epoch epoch) {
            try {
                internet.look(from, node, life -> () -> life.arrivals.find(epoch))
                        .filter(arrival -> arrival.state() == ArrivalState.RUNNING)
                        .ifPresent(arrival -> mark(epoch, arrival.nonce(), arrival.claimant(), true));
            } catch (TresccadException e) {
                LOG.debug("nova-compute is not there", e);
            }
        }

        @Override
        public void tellRunning(Epoch epoch, UUID nonce, Claimant claimant) {
            internet.carry(from, "say that it runs", () -> {
                mark(epoch, nonce, claimant, true);
                return true;
            });
        }
    }

    private final class CloudPeer implements DecidingPeer {
        private final TestingInternet internet;
        private final Failpoints from;

        private CloudPeer(TestingInternet internet, Failpoints from) {
            this.internet = internet;
            this.from = from;
        }

        @Override
        public Manifest.Home home() {
            return home;
        }

        @Override
        public ForeignRegister register() {
            return new Glance(internet, from);
        }

        @Override
        public Preflight.Answer check(Manifest manifest) {
            return ask("check", life -> () -> life.admission.check(TestingHost.MEMBER, manifest));
        }

        @Override
        public void uploadBase(
                String image, StoredContent base, BandwidthLimit limit, Progress progress, Cancellation cancellation) {
            throw new IllegalStateException("every host has the base image");
        }

        @Override
        public void uploadBase(
                String image,
                StoredContent base,
                Boot boot,
                BandwidthLimit limit,
                Progress progress,
                Cancellation cancellation) {
            throw new IllegalStateException("every host has the base image");
        }

        @Override
        public void createPackage(ImageId image, String title, Map<String, String> properties) {
            ask("create the package", life -> () -> {
                synchronized (TestingOpenStack.this) {
                    if (!usedImages.add(image)) {
                        throw new TresccadException(ErrorKind.CONFLICT, "Image ID " + image + " already exists!");
                    }
                }
                return life.host.images.create(
                        TestingHost.MEMBER,
                        NewImage.of(title, DiskFormat.RAW, properties).withId(image));
            });
        }

        @Override
        public void uploadPackage(ImageId image, Images.Writer writer, Progress progress, Cancellation cancellation)
                throws IOException {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            writer.writeTo(out);
            ask(
                    "upload the package",
                    life -> () -> life.host.images.upload(
                            TestingHost.MEMBER,
                            image,
                            new ByteArrayInputStream(out.toByteArray()),
                            progress,
                            new Cancellation()));
        }

        @Override
        public InstanceId restore(ImageId image, Cancellation cancellation) {
            return ask("restore", life -> () -> {
                Optional<InstanceId> failure = givenBack(identity(life, image));
                return failure.isPresent()
                        ? failure.get()
                        : made(
                                life.restore
                                        .restore(TestingHost.MEMBER, image, Optional.empty())
                                        .id(),
                                image);
            });
        }

        @Override
        public Server server(InstanceId id) {
            Optional<String> failure = failure(id);
            if (failure.isPresent()) {
                return new Server(Server.State.FAILED, failure.get());
            }
            return internet.look(from, node, life -> () -> {
                Optional<Instance> there = life.host.instances.find(id);
                if (there.isEmpty()) {
                    return new Server(Server.State.GONE, "");
                }
                Optional<Arrival> arrival = imageOf(id).flatMap(life.arrivals::of);
                ArrivalState state = arrival.map(Arrival::state).orElse(ArrivalState.RUNNING);
                return switch (state) {
                    case RECEIVING, PREPARED, ACCEPTED -> new Server(Server.State.BUILDING, "");
                    case RUNNING -> new Server(Server.State.THERE, "");
                    case DISCARDED ->
                        new Server(
                                Server.State.FAILED,
                                arrival.flatMap(Arrival::error).orElse(""));
                };
            });
        }

        @Override
        public void deleteServers(ImageId restoredFrom, Optional<InstanceId> known) {
            known.ifPresent(TestingOpenStack.this::forget);
            ask("delete the servers", life -> () -> {
                life.arrivals.of(restoredFrom).stream()
                        .flatMap(arrival -> life.host.instances.find(arrival.instance()).stream())
                        .forEach(server -> life.host.delete.delete(TestingHost.MEMBER, server.id()));
                return true;
            });
        }

        @Override
        public Optional<ArrivalReport> arrival(Epoch epoch, UUID nonce, ArrivalState known, Duration patience) {
            return Optional.empty();
        }

        @Override
        public Optional<ArrivalReport> tell(Epoch epoch, UUID nonce, Verdict verdict) {
            return Optional.empty();
        }

        @Override
        public void deleteImage(ImageId image) {
            try {
                ask("delete the package", life -> () -> {
                    life.host.images.delete(TestingHost.MEMBER, image);
                    return true;
                });
            } catch (TresccadException e) {
                if (e.kind() != ErrorKind.NOT_FOUND) {
                    throw e;
                }
            }
        }

        @Override
        public void close() {}

        private <T> T ask(String what, Function<Life, Callable<T>> request) {
            return internet.carry(from, node, what + " in the cloud", request);
        }
    }
}
