package org.tresccad.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.ForeignRegister;
import org.tresccad.identity.ProjectId;
import org.tresccad.instance.Homes;
import org.tresccad.migration.Destination;
import org.tresccad.migration.Destinations;
import org.tresccad.migration.PackageBox;
import org.tresccad.migration.Peer;
import org.tresccad.vmpackage.Manifest;

/** What connects hosts, and what becomes of the messages between them. */
public final class TestingInternet {
    private static final Logger LOG = LoggerFactory.getLogger(TestingInternet.class);

    /** What can happen to one request. */
    public enum Fate {
        /** It is answered. */
        ANSWERED,
        /** It never arrives. */
        REQUEST_LOST,
        /** It is carried out and nobody learns of it. */
        ANSWER_LOST,
        /** It arrives twice. */
        DOUBLED,
        /** It arrives when {@link #deliverLate} is called, long after who sent it has given up. */
        LATE
    }

    private final Map<String, MortalHost> hosts = new LinkedHashMap<>();
    private final ConcurrentLinkedQueue<Runnable> late = new ConcurrentLinkedQueue<>();
    private final List<String> sent = new ArrayList<>();
    private final Set<String> lateOnes = new HashSet<>();
    private final Map<String, TestingBox> boxes = new HashMap<>();
    private Optional<TestingOpenStack> openStack = Optional.empty();
    private BiFunction<Integer, String, Fate> fates = (number, what) -> Fate.ANSWERED;

    /** Decides for each message, by its number from 0, what becomes of it. */
    public synchronized void decide(Function<Integer, Fate> newFates) {
        fates = (number, what) -> newFates.apply(number);
        sent.clear();
    }

    /** As {@link #decide}, by what a message says. */
    public synchronized void decideBy(Function<String, Fate> newFates) {
        fates = (number, what) -> newFates.apply(what);
        sent.clear();
    }

    /** From now on all is well. */
    public void heal() {
        decide(number -> Fate.ANSWERED);
    }

    /** The messages that were sent since the last decision. */
    public synchronized List<String> sent() {
        return List.copyOf(sent);
    }

    /** What has ever been late. */
    public synchronized Set<String> lateOnes() {
        return Set.copyOf(lateOnes);
    }

    /** Delivers what was late; nobody waits for the answers. */
    public void deliverLate() {
        for (Runnable message = late.poll(); message != null; message = late.poll()) {
            message.run();
        }
    }

    /** An OpenStack that every host knows, whose one compute node is {@code node}. */
    public synchronized TestingOpenStack openStack(String name, MortalHost node) {
        TestingOpenStack made = new TestingOpenStack(name, node);
        openStack = Optional.of(made);
        return made;
    }

    private synchronized Optional<TestingOpenStack> openStack() {
        return openStack;
    }

    /** From now on {@code to} finds packages that are addressed to it among the images of {@code at}. */
    public synchronized TestingBox box(MortalHost at, MortalHost to) {
        TestingBox made = new TestingBox(at);
        boxes.put(to.name, made);
        return made;
    }

    synchronized List<PackageBox> boxesFor(MortalHost to, Failpoints points) {
        return Optional.ofNullable(boxes.get(to.name)).stream()
                .map(box -> box.seenBy(this, points))
                .toList();
    }

    void add(MortalHost host) {
        hosts.put(host.name, host);
    }

    Clouds cloudsOf(MortalHost self, Failpoints points) {
        return new Clouds(self, points);
    }

    /** A host that is there, and not the one of that name. */
    MortalHost host(String name) {
        return Optional.ofNullable(hosts.get(name))
                .orElseThrow(() -> new TresccadException(ErrorKind.BAD_REQUEST, "There is no cloud " + name + "."));
    }

    /** Carries a request from one life to whatever life {@code to} has. */
    <T> T carry(Failpoints from, MortalHost to, String what, Function<Life, Callable<T>> request) {
        return carry(from, what + " to " + to.name, () -> serve(to, request));
    }

    /** Carries a request to whoever {@code serve}s it. */
    <T> T carry(Failpoints from, String what, Supplier<T> serve) {
        from.check();
        switch (fate(what)) {
            case ANSWERED -> {}
            case REQUEST_LOST -> throw lost(what);
            case ANSWER_LOST -> {
                T lost = serve.get();
                LOG.debug("nobody learns of {}", lost);
                throw lost(what);
            }
            case LATE -> {
                late.add(() -> ignoring(serve));
                throw lost(what);
            }
            case DOUBLED -> ignoring(serve);
        }
        return serve.get();
    }

    /** As {@link #carry}, for what is asked so often that its number means nothing: always answered. */
    <T> T look(Failpoints from, MortalHost to, Function<Life, Callable<T>> request) {
        from.check();
        return serve(to, request);
    }

    private static <T> T serve(MortalHost to, Function<Life, Callable<T>> request) {
        Life life = to.life();
        return life.serve(request.apply(life));
    }

    private static <T> void ignoring(Supplier<T> serve) {
        try {
            T ignored = serve.get();
            LOG.debug("nobody waits for {}", ignored);
        } catch (TresccadException e) {
            // Its sender does not hear of it either.
            return;
        }
    }

    private synchronized Fate fate(String what) {
        Fate fate = fates.apply(sent.size(), what);
        sent.add(what + ": " + fate);
        if (fate == Fate.LATE) {
            lateOnes.add(what);
        }
        return fate;
    }

    private static TresccadException lost(String what) {
        return new TresccadException(ErrorKind.UNAVAILABLE, "No answer to '" + what + "'.");
    }

    /** The other hosts as one life of one host knows them. */
    final class Clouds implements Destinations, Homes {
        private final MortalHost self;
        private final Failpoints points;

        private Clouds(MortalHost self, Failpoints points) {
            this.self = self;
            this.points = points;
        }

        @Override
        public List<String> names(ProjectId project) {
            return Stream.concat(
                            hosts.keySet().stream().filter(name -> !name.equals(self.name)),
                            openStack().map(TestingOpenStack::name).stream())
                    .toList();
        }

        @Override
        public List<Destination> probe(ProjectId project) {
            return names(project).stream()
                    .map(name -> new Destination(name, "tresccad", true, ""))
                    .toList();
        }

        @Override
        public Peer connect(ProjectId project, String name) {
            return openStack()
                    .filter(cloud -> cloud.name().equals(name))
                    .<Peer>map(cloud -> cloud.peer(TestingInternet.this, points))
                    .orElseGet(() -> new TestingPeer(TestingInternet.this, points, host(name)));
        }

        @Override
        public Optional<ForeignRegister> register(ProjectId project, Manifest.Home home) {
            return openStack()
                    .filter(cloud -> cloud.home().equals(home))
                    .map(cloud -> cloud.peer(TestingInternet.this, points).register());
        }

        @Override
        public boolean supersede(ProjectId project, Manifest.Home home, Epoch given, UUID nonce, Epoch raised) {
            try {
                return hosts.values().stream()
                        .filter(host -> host.hostId.equals(home.hostId()))
                        .findFirst()
                        .map(host -> carry(points, host, "supersede", life -> () -> {
                            life.claims.superseded(TestingHost.MEMBER, given, nonce, raised.number());
                            return true;
                        }))
                        .orElse(false);
            } catch (TresccadException e) {
                return false;
            }
        }

        @Override
        public Optional<Home> find(ProjectId project, Manifest.Home home) {
            if (home.kind().equals("glance")) {
                return openStack()
                        .filter(cloud -> cloud.home().equals(home))
                        .map(cloud -> cloud.register(TestingInternet.this, points));
            }
            return hosts.values().stream()
                    .filter(host -> host.hostId.equals(home.hostId()))
                    .findFirst()
                    .map(host -> (epoch, nonce, claimant) -> carry(
                            points,
                            host,
                            "claim",
                            life -> () -> life.claims.claim(TestingHost.MEMBER, epoch, nonce, claimant)));
        }
    }
}
