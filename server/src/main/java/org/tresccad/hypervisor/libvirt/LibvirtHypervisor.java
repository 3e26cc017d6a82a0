package org.tresccad.hypervisor.libvirt;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.libvirt.Domain;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.hypervisor.DomainXml;
import org.tresccad.hypervisor.FrozenDomain;
import org.tresccad.hypervisor.HostCapabilities;
import org.tresccad.hypervisor.HostCpu;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.hypervisor.IncomingMemory;
import org.tresccad.hypervisor.Platform;
import org.tresccad.network.MacAddress;
import org.tresccad.process.Processes;

/**
 * The hypervisor over libvirt. Safe for many threads. Every call ends within the time of {@link LibvirtSettings}, also
 * when libvirtd hangs; what libvirt does after its caller has given up is taken back when it is done.
 */
public final class LibvirtHypervisor implements Hypervisor, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LibvirtHypervisor.class);
    private static final int QUICK_CALLS = 16;
    private static final int SLOW_CALLS = 4;
    private static final int INCOMING_CALLS = 4;
    private static final int AGENT_CALLS = 4;
    /** For the agent to show that it is there, and again to do as it is told. */
    private static final Duration AGENT_PATIENCE = Duration.ofSeconds(5);

    private static final Duration LONGEST_AGENT_CALL = Duration.ofSeconds(15);
    /** Longer than anybody waits; the call ends with the pipe that it reads from. */
    private static final Duration LONGEST_INCOMING = Duration.ofDays(1);
    /** How late it may be noticed that a domain went without an event. */
    private static final Duration SWEEP_PAUSE = Duration.ofSeconds(5);
    /** How long a guest may take to let go of a network card. */
    private static final Duration NIC_PATIENCE = Duration.ofSeconds(60);
    /** {@code VIR_DOMAIN_AFFECT_LIVE}. */
    private static final int AFFECT_LIVE = 1;

    private final LibvirtSettings settings;
    private final HostProbe probe;
    private final StoppedDomains stopped = new StoppedDomains();
    private final SaveImages saveImages = new SaveImages();
    /** Domains with an {@link #exclusive} call. */
    private final Set<DomainName> busy = ConcurrentHashMap.newKeySet();

    private volatile Optional<HostProbe.Host> host = Optional.empty();
    private final LibvirtConnection quick;
    private final LibvirtConnection slow;
    private final LibvirtConnection incoming;
    /** Guests that let their agent hang keep only each other waiting here. */
    private final LibvirtConnection agents;

    private final ExecutorService incomingCalls;
    private final ScheduledExecutorService sweep;

    /** Connects in the background; until that has worked, calls connect themselves or fail. */
    public LibvirtHypervisor(LibvirtSettings settings, Processes processes) {
        this.settings = settings;
        this.probe =
                new HostProbe(settings, new KvmProbe(processes, new LinuxFacts(), settings.kvmProbeCache(), "kvm"));
        this.quick = new LibvirtConnection(settings.uri(), "libvirt", QUICK_CALLS, new Watching());
        this.slow = new LibvirtConnection(settings.uri(), "libvirt-memory", SLOW_CALLS, new Unwatched());
        this.incoming = new LibvirtConnection(settings.uri(), "libvirt-incoming", INCOMING_CALLS, new Unwatched());
        this.agents = new LibvirtConnection(settings.uri(), "libvirt-agent", AGENT_CALLS, new Unwatched());
        this.incomingCalls = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "incoming-memory");
            thread.setDaemon(true);
            return thread;
        });
        this.sweep = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "libvirt-sweep");
            thread.setDaemon(true);
            return thread;
        });
        quick.keepOpen();
        var unused = sweep.scheduleWithFixedDelay(
                this::sweep, SWEEP_PAUSE.toMillis(), SWEEP_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public HostCapabilities capabilities() {
        return host().capabilities();
    }

    @Override
    public Platform newPlatform() {
        return host().newPlatform();
    }

    @Override
    public Optional<String> lacks(CpuModel cpu) {
        HostCapabilities host = capabilities();
        if (cpu.required().isEmpty() && host.cpuModels().contains(cpu.name())) {
            // QEMU's own word about a model is better than libvirt's table of models.
            return Optional.empty();
        }
        return quick.call("compare a CPU", settings.callTimeout(), connect -> CpuComparison.lacks(connect, host, cpu));
    }

    @Override
    public Optional<CpuModel> baseline(Set<HostCpu> cpus) {
        HostCapabilities host = capabilities();
        return quick.call(
                "find a CPU in common", settings.callTimeout(), connect -> CpuComparison.baseline(connect, host, cpus));
    }

    @Override
    public void start(DomainSpec spec) {
        String xml = DomainXml.render(spec);
        String tried = "start " + spec.name();
        exclusive(
                slow,
                tried,
                spec.name(),
                settings.callTimeout(),
                connect -> {
                    connect.domainCreateXML(xml, 0).free();
                    return true;
                },
                created -> takeBack(tried, spec.name()));
    }

    @Override
    public Optional<DomainState> state(DomainName name) {
        return quick.call(
                "look up " + name,
                settings.callTimeout(),
                connect ->
                        gone(() -> Domains.find(connect, name, Domains::state).flatMap(state -> state)));
    }

    @Override
    public Set<DomainName> domains() {
        return quick.call("list domains", settings.callTimeout(), Domains::list);
    }

    @Override
    public void requestShutdown(DomainName name) {
        quick.call("shut down " + name, settings.callTimeout(), connect -> {
            Domains.use(connect, name, domain -> true);
            connect.pressPowerButton(name);
            return true;
        });
    }

    @Override
    public void destroy(DomainName name) {
        destroy(name, settings.callTimeout());
    }

    @Override
    public void pause(DomainName name) {
        changeAlone("pause " + name, name, domain -> {
            if (Domains.state(domain).equals(Optional.of(DomainState.RUNNING))) {
                // A mark that a crash left behind must not make this pause look like a freeze's.
                Domains.markFrozen(domain, false);
                domain.suspend();
            }
        });
    }

    @Override
    public void resume(DomainName name) {
        changeAlone("resume " + name, name, domain -> {
            if (!Domains.state(domain).equals(Optional.of(DomainState.RUNNING))) {
                domain.resume();
            }
            Domains.markFrozen(domain, false);
        });
    }

    @Override
    public FrozenDomain freeze(DomainName name, Path memoryFile, Consumer<FrozenDomain> stopped) {
        try {
            return exclusive(
                    slow,
                    "freeze " + name,
                    name,
                    settings.memoryTimeout(),
                    connect -> saveImages.freeze(connect, name, memoryFile, stopped),
                    frozen -> takeBackFreeze(name, memoryFile, frozen));
        } catch (HypervisorUnavailable e) {
            abortJob(name);
            throw e;
        }
    }

    @Override
    public void copyMemory(DomainName name, Path memoryFile) {
        try {
            exclusive(
                    slow,
                    "copy the memory of " + name,
                    name,
                    settings.memoryTimeout(),
                    connect -> SaveImages.copy(connect, name, memoryFile),
                    late -> {});
        } catch (HypervisorUnavailable e) {
            abortJob(name);
            throw e;
        }
    }

    @Override
    public void restorePaused(DomainSpec spec, Path memoryFile) {
        String tried = "restore " + spec.name();
        exclusive(
                slow,
                tried,
                spec.name(),
                settings.memoryTimeout(),
                connect -> {
                    SaveImages.restorePaused(connect, spec, memoryFile);
                    return true;
                },
                restored -> takeBack(tried, spec.name()));
    }

    @Override
    public IncomingMemory restoreIncoming(DomainSpec spec, Path pipe) {
        String xml = SaveImages.xmlForRestore(spec);
        return IncomingPipe.begin(
                spec.name(), pipe, xml, made -> inBackground(spec, made), sweep, settings.memoryTimeout());
    }

    private CompletableFuture<Void> inBackground(DomainSpec spec, Path pipe) {
        String tried = "restore " + spec.name();
        CompletableFuture<Void> restored = new CompletableFuture<>();
        incomingCalls.execute(() -> {
            try {
                exclusive(
                        incoming,
                        tried,
                        spec.name(),
                        LONGEST_INCOMING,
                        connect -> {
                            connect.restorePaused(pipe.toString());
                            return true;
                        },
                        late -> takeBack(tried, spec.name()));
                restored.complete(null);
            } catch (RuntimeException e) {
                restored.completeExceptionally(e);
            }
        });
        return restored;
    }

    @Override
    public void setLink(DomainName name, MacAddress mac, boolean isUp) {
        change("change the link of " + name, name, domain -> {
            String nic = DomainDevices.withLink(domain.getXMLDesc(0), mac, isUp)
                    .orElseThrow(() -> new TresccadException(
                            ErrorKind.NOT_FOUND, name + " has no network card with the address " + mac));
            domain.updateDeviceFlags(nic, AFFECT_LIVE);
        });
    }

    @Override
    public void replaceNic(DomainSpec spec) {
        DomainName name = spec.name();
        new NicReplacement(
                        spec,
                        () -> quick.call(
                                "look at " + name,
                                settings.callTimeout(),
                                connect -> Domains.use(connect, name, domain -> domain.getXMLDesc(0))),
                        plug -> () -> change("replace the network card of " + name, name, plug::order))
                .replace(NIC_PATIENCE);
    }

    @Override
    public boolean setClock(DomainName name) {
        return agents.call("set the clock of " + name, LONGEST_AGENT_CALL, connect -> {
            if (!Domains.use(connect, name, domain -> DomainDevices.hasAgent(domain.getXMLDesc(0)))) {
                return false;
            }
            try {
                connect.setTime(name, Instant.now(), AGENT_PATIENCE);
                return true;
            } catch (LibvirtFailure e) {
                // libvirt's text has in it what the guest answered.
                throw new HypervisorRefused("could not set the clock of " + name + ": its agent does not do it");
            }
        });
    }

    @Override
    public void onStopped(Consumer<DomainName> listener) {
        stopped.add(listener);
    }

    /** Ends the connections; domains run on. */
    @Override
    public void close() {
        sweep.shutdownNow();
        quick.close();
        slow.close();
        incoming.close();
        agents.close();
        incomingCalls.shutdownNow();
        stopped.close();
    }

    private HostProbe.Host host() {
        Optional<HostProbe.Host> known = host;
        if (known.isPresent()) {
            return known.get();
        }
        // The first question makes libvirt start QEMU several times to learn what it can do.
        Duration patience = settings.callTimeout().plusSeconds(30);
        HostProbe.Host found = slow.call("ask what this host can run", patience, probe::probe);
        host = Optional.of(found);
        return found;
    }

    private void sweep() {
        try {
            quick.call("list domains", settings.callTimeout(), connect -> {
                stopped.compare(connect);
                return true;
            });
        } catch (RuntimeException e) {
            log.debug("what domains are there will be seen when libvirt answers", e);
        }
    }

    /** Something that changes a domain and has no result. */
    @FunctionalInterface
    private interface Change {
        void make(Domain domain) throws LibvirtException;
    }

    private void change(String tried, DomainName name, Change change) {
        quick.call(
                tried,
                settings.callTimeout(),
                connect -> Domains.use(connect, name, domain -> {
                    change.make(domain);
                    return true;
                }));
    }

    private void changeAlone(String tried, DomainName name, Change change) {
        exclusive(
                quick,
                tried,
                name,
                settings.callTimeout(),
                connect -> Domains.use(connect, name, domain -> {
                    change.make(domain);
                    return true;
                }),
                changed -> {});
    }

    /**
     * One call that starts or stops a domain's CPUs, and no other of that kind for it until this one has ended for good,
     * its being taken back included: else what is taken back late could be another call's work, and a guest run in two
     * places.
     */
    private <T> T exclusive(
            LibvirtConnection connection,
            String tried,
            DomainName name,
            Duration timeout,
            LibvirtConnection.Use<T> use,
            Consumer<T> takeBack) {
        if (!busy.add(name)) {
            throw new HypervisorUnavailable(
                    "could not " + tried + ": an earlier call for it has not ended yet; try again");
        }
        T result = connection.call(tried, timeout, use, new CallWorkers.Aftermath<T>() {
            @Override
            public void late(T late) {
                try {
                    takeBack.accept(late);
                } finally {
                    busy.remove(name);
                }
            }

            @Override
            public void failed() {
                busy.remove(name);
            }
        });
        busy.remove(name);
        return result;
    }

    /** A domain may go at any moment; where that is no error, it is as if it had not been there. */
    private static <T> Optional<T> gone(CallWorkers.Work<Optional<T>> work) throws LibvirtException, LibvirtFailure {
        try {
            return work.run();
        } catch (LibvirtException e) {
            if (Domains.is(e, ErrorNumber.VIR_ERR_NO_DOMAIN) || isNotRunning(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean isNotRunning(LibvirtException e) {
        return Domains.is(e, ErrorNumber.VIR_ERR_OPERATION_INVALID)
                && String.valueOf(e.getMessage()).contains("domain is not running");
    }

    private void destroy(DomainName name, Duration timeout) {
        quick.call(
                "destroy " + name,
                timeout,
                connect -> gone(() -> Domains.find(connect, name, domain -> {
                    domain.destroy();
                    return true;
                })));
    }

    /** On a worker's thread, with nobody waiting: there is time. */
    private void takeBack(String tried, DomainName name) {
        try {
            log.warn("libvirt did {} after its caller had given up; taking it back", tried);
            destroy(name, settings.memoryTimeout());
        } catch (TresccadException e) {
            log.error("libvirt did {} too late, and it could not be taken back", tried, e);
        }
    }

    private void takeBackFreeze(DomainName name, Path memoryFile, FrozenDomain frozen) {
        try {
            log.warn("{} was frozen after its caller had given up; taking it back", name);
            quick.call("take back the freeze of " + name, settings.memoryTimeout(), connect -> {
                saveImages.takeBack(connect, name, memoryFile, frozen.wasRunning());
                return true;
            });
        } catch (TresccadException e) {
            log.error("a freeze that came too late could not be taken back: {}", name, e);
        }
    }

    /** Makes a freeze that takes too long fail, so that it is taken back. */
    private void abortJob(DomainName name) {
        try {
            change("abort the freeze of " + name, name, Domain::abortJob);
        } catch (TresccadException e) {
            log.debug("there was nothing to abort", e);
        }
    }

    private final class Watching implements LibvirtConnection.Observer {
        @Override
        public void opened(LiveConnect connect) throws LibvirtException, LibvirtFailure {
            // It may be another QEMU or libvirt now.
            host = Optional.empty();
            stopped.opened(connect);
            saveImages.retry(connect);
        }

        @Override
        public void closing(LiveConnect connect) throws LibvirtException {
            stopped.closing(connect);
        }
    }

    private static final class Unwatched implements LibvirtConnection.Observer {
        @Override
        public void opened(LiveConnect connect) {}

        @Override
        public void closing(LiveConnect connect) {}
    }
}
