package org.tresccad.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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
import org.tresccad.hypervisor.NoSuchDomain;
import org.tresccad.hypervisor.Platform;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.hypervisor.VirtType;
import org.tresccad.network.MacAddress;

/**
 * Domains that are only remembered. A guest obeys a request to power off at once unless told to be deaf. Domains outlive
 * the daemon: see {@link #reconnected}.
 */
public final class TestingHypervisor implements Hypervisor {
    /** What the operations can be told to fail at. */
    public enum Operation {
        START,
        DESTROY,
        PAUSE,
        RESUME,
        FREEZE,
        COPY,
        RESTORE,
        LINK,
        CLOCK
    }

    /** The only feature that this host's CPU has beyond its model. */
    public static final String FEATURE = "popcnt";

    /** Who made this host's CPU. */
    public static final String VENDOR = "Intel";

    /** The largest CPU that this host has. */
    public static final CpuModel CPU = new CpuModel("qemu64", Set.of(FEATURE, "hypervisor"), Set.of());

    private static final String MACHINE = "pc-i440fx-7.2";
    /** What a guest's memory holds: behind the magic alone when this hypervisor wrote it, or behind a whole header. */
    public static final String WRITES = " memory after writes: ";

    private static final String MEMORY = "LibvirtQemudSave" + WRITES;
    private static final String HARDWARE_XML = "<domain><os><type arch='x86_64' machine='" + MACHINE
            + "'>hvm</type></os><devices>"
            + "<interface type='bridge'><model type='virtio'/>" + pciAddress(3) + "</interface>"
            + "<disk device='disk'><target dev='vda' bus='virtio'/>" + pciAddress(4) + "</disk>"
            + "<memballoon model='virtio'>" + pciAddress(5) + "</memballoon>"
            + "<rng model='virtio'>" + pciAddress(6) + "</rng></devices></domain>";

    private final Map<DomainName, Running> running;
    private final Optional<GuestWatch> watch;
    private final Optional<Failpoints> failpoints;
    private final Map<Operation, RuntimeException> failures = new EnumMap<>(Operation.class);
    private volatile BooleanSupplier isTheEnd = () -> false;
    private final AtomicReference<@Nullable Runnable> failsLate = new AtomicReference<>();
    private final List<Consumer<DomainName>> listeners = new CopyOnWriteArrayList<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private long unpluggedAt;
    private Duration lastUnplugged = Duration.ZERO;
    private final HostCapabilities capabilities;
    private final List<DomainName> clocksSet = new CopyOnWriteArrayList<>();
    private volatile boolean hasAgents;
    private boolean deaf;
    private boolean away;

    private static String pciAddress(int slot) {
        return "<address type='pci' domain='0x0000' bus='0x00' slot='0x0" + slot + "' function='0x0'/>";
    }

    /** A host with 64 GiB. */
    public TestingHypervisor() {
        this(65_536);
    }

    /** A host with {@code memoryMib} of memory. */
    public TestingHypervisor(long memoryMib) {
        this(memoryMib, new LinkedHashMap<>(), Optional.empty(), Optional.empty());
    }

    /** A host whose guests {@code watch} sees. */
    public TestingHypervisor(GuestWatch watch) {
        this(65_536, new LinkedHashMap<>(), Optional.of(watch), Optional.empty());
    }

    private TestingHypervisor(
            long memoryMib,
            Map<DomainName, Running> running,
            Optional<GuestWatch> watch,
            Optional<Failpoints> failpoints) {
        this.running = running;
        this.watch = watch;
        this.failpoints = failpoints;
        capabilities = new HostCapabilities(
                VirtType.QEMU,
                "x86_64",
                Set.of(MACHINE),
                Set.of("qemu64"),
                Optional.of(new HostCpu(VENDOR, CPU)),
                "7.2.19",
                "9.0.0",
                memoryMib,
                8);
    }

    /** The same domains as the next life of the daemon sees them; it ends at {@code points}. */
    public TestingHypervisor reconnected(Failpoints points) {
        return new TestingHypervisor(capabilities.memoryMib(), running, watch, Optional.of(points));
    }

    /** The host loses power. */
    public void losePower() {
        synchronized (running) {
            List.copyOf(running.keySet()).forEach(this::remove);
        }
    }

    /** The domains whose CPUs run. */
    public Set<DomainName> running() {
        synchronized (running) {
            return running.values().stream()
                    .filter(domain -> domain.state == DomainState.RUNNING)
                    .map(domain -> domain.spec.name())
                    .collect(Collectors.toUnmodifiableSet());
        }
    }

    /** Makes the next {@code operation} throw {@code failure}; the one after succeeds. */
    public void failNext(Operation operation, RuntimeException failure) {
        synchronized (running) {
            failures.put(operation, failure);
        }
    }

    /** Makes the next {@code operation} be refused. */
    public void refuseNext(Operation operation) {
        failNext(operation, new HypervisorRefused("The test refuses to " + operation + "."));
    }

    /** The next freeze writes all of the memory, and fails after {@code meanwhile}; the guest runs on. */
    public void failNextFreezeOnceWritten(Runnable meanwhile) {
        failsLate.set(meanwhile);
    }

    /** From now on, or no more, nothing is answered and guests run on, as when libvirtd is down. */
    public void setAway(boolean isAway) {
        synchronized (running) {
            away = isAway;
        }
    }

    /** From now on guests ignore requests to power off. */
    public void makeGuestsDeaf() {
        synchronized (running) {
            deaf = true;
        }
    }

    /** The guest powers itself off; listeners learn of it in this thread. */
    public void guestPowersOff(DomainName name) {
        remove(name);
        listeners.forEach(listener -> listener.accept(name));
    }

    /** The guest panics. */
    public void guestCrashes(DomainName name) {
        synchronized (running) {
            Running domain = require(name);
            stop(domain);
            domain.state = DomainState.CRASHED;
        }
    }

    /** What a domain was made from. */
    public Optional<DomainSpec> spec(DomainName name) {
        synchronized (running) {
            return Optional.ofNullable(running.get(name)).map(domain -> domain.spec);
        }
    }

    /** Whether the guest's cable is plugged. */
    public boolean isLinkUp(DomainName name) {
        synchronized (running) {
            return require(name).isLinkUp;
        }
    }

    /** For how long the last cable that was plugged had been pulled before. */
    public Duration lastUnplugged() {
        synchronized (running) {
            return lastUnplugged;
        }
    }

    /** Every call that changed something, in order, as {@code verb domain}. */
    public List<String> calls() {
        return List.copyOf(calls);
    }

    @Override
    public HostCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public Optional<String> lacks(CpuModel cpu) {
        if (!capabilities.cpuModels().contains(cpu.name())) {
            return Optional.of("all of it");
        }
        return Optional.of(cpu.required().stream()
                        .filter(f -> !CPU.required().contains(f))
                        .collect(Collectors.joining(", ")))
                .filter(lacking -> !lacking.isEmpty());
    }

    @Override
    public Optional<CpuModel> baseline(Set<HostCpu> cpus) {
        Set<String> vendors = cpus.stream().map(HostCpu::vendor).collect(Collectors.toSet());
        Set<String> features = new HashSet<>(CPU.required());
        cpus.forEach(cpu -> features.retainAll(cpu.model().required()));
        return vendors.size() == 1 ? Optional.of(new CpuModel(CPU.name(), features, Set.of())) : Optional.empty();
    }

    @Override
    public Platform newPlatform() {
        return new Platform(VirtType.QEMU, "x86_64", MACHINE, CpuModel.of("qemu64"));
    }

    @Override
    public void start(DomainSpec spec) {
        doing("start", spec.name(), Operation.START, () -> {
            Running domain = new Running(spec, DomainState.PAUSED);
            add(domain);
            domain.memory = watch.isPresent() ? GuestWatch.count(disk(spec)) : 0;
            run(domain);
        });
    }

    @Override
    public Optional<DomainState> state(DomainName name) {
        failpoints.ifPresent(Failpoints::check);
        synchronized (running) {
            requirePresence();
            if (isTheEnd.getAsBoolean()) {
                remove(name);
            }
            return Optional.ofNullable(running.get(name)).map(domain -> domain.state);
        }
    }

    /** The QEMU that somebody looks at has ended, from when that holds on. */
    public void endWhen(BooleanSupplier holds) {
        isTheEnd = holds;
    }

    @Override
    public Set<DomainName> domains() {
        failpoints.ifPresent(Failpoints::check);
        synchronized (running) {
            requirePresence();
            return Set.copyOf(running.keySet());
        }
    }

    @Override
    public void requestShutdown(DomainName name) {
        synchronized (running) {
            require(name);
            calls.add("requestShutdown " + name);
            if (deaf) {
                return;
            }
        }
        guestPowersOff(name);
    }

    @Override
    public void destroy(DomainName name) {
        doing("destroy", name, Operation.DESTROY, () -> remove(name));
    }

    @Override
    public void pause(DomainName name) {
        doing("pause", name, Operation.PAUSE, () -> stop(require(name)));
    }

    @Override
    public void resume(DomainName name) {
        doing("resume", name, Operation.RESUME, () -> run(require(name)));
    }

    @Override
    public FrozenDomain freeze(DomainName name, Path memoryFile, Consumer<FrozenDomain> stopped) {
        AtomicBoolean wasRunning = new AtomicBoolean();
        SavedHardware hardware = DomainXml.readHardware(HARDWARE_XML);
        doing("freeze", name, Operation.FREEZE, () -> {
            if (Files.exists(memoryFile)) {
                throw new HypervisorRefused("the memory file of " + name + " exists already");
            }
            Running domain = require(name);
            wasRunning.set(domain.state == DomainState.RUNNING);
            stop(domain);
            stopped.accept(new FrozenDomain(HARDWARE_XML, hardware, wasRunning.get()));
            writeInTwoParts(memoryFile, MEMORY + domain.memory);
        });
        Optional<Runnable> late = Optional.ofNullable(failsLate.getAndSet(null));
        late.ifPresent(meanwhile -> failOnceWritten(name, memoryFile, wasRunning.get(), meanwhile));
        return new FrozenDomain(HARDWARE_XML, hardware, wasRunning.get());
    }

    private void failOnceWritten(DomainName name, Path memoryFile, boolean wasRunning, Runnable meanwhile) {
        meanwhile.run();
        synchronized (running) {
            delete(memoryFile);
            if (wasRunning) {
                run(require(name));
            }
        }
        throw new HypervisorRefused("The test refuses to say that the memory of " + name + " is written.");
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void copyMemory(DomainName name, Path memoryFile) {
        doing("copyMemory", name, Operation.COPY, () -> write(memoryFile, MEMORY + require(name).memory));
    }

    @Override
    public void restorePaused(DomainSpec spec, Path memoryFile) {
        doing("restorePaused", spec.name(), Operation.RESTORE, () -> {
            requireHardware(spec);
            Running domain = new Running(spec, DomainState.PAUSED);
            domain.memory = memory(spec, memoryFile);
            add(domain);
        });
    }

    @Override
    public IncomingMemory restoreIncoming(DomainSpec spec, Path pipe) {
        doing("restoreIncoming", spec.name(), Operation.RESTORE, () -> {
            requireHardware(spec);
            write(pipe, "");
            add(new Running(spec, DomainState.PAUSED));
        });
        ByteArrayOutputStream image = new ByteArrayOutputStream();
        return new IncomingMemory() {
            private boolean isComplete;

            @Override
            public void write(byte[] bytes, int length) {
                image.write(bytes, 0, length);
            }

            @Override
            public void complete() {
                doing("complete", spec.name(), Operation.RESTORE, () -> {
                    require(spec.name()).memory = memory(spec, image.toString(StandardCharsets.ISO_8859_1));
                    isComplete = true;
                });
            }

            @Override
            public void close() {
                // The dead do nothing; what they began is swept away in the next life.
                if (!isComplete && failpoints.filter(Failpoints::isDead).isEmpty()) {
                    remove(spec.name());
                }
            }
        };
    }

    private static void requireHardware(DomainSpec spec) {
        if (spec.hardware().isEmpty()) {
            throw new HypervisorRefused("no layout for domain " + spec.name());
        }
    }

    @Override
    public void setLink(DomainName name, MacAddress mac, boolean isUp) {
        failpoints.ifPresent(Failpoints::check);
        synchronized (running) {
            calls.add((isUp ? "plug " : "unplug ") + name);
            failIfTold(Operation.LINK);
            if (isUp) {
                lastUnplugged = Duration.ofNanos(System.nanoTime() - unpluggedAt);
            } else {
                unpluggedAt = System.nanoTime();
            }
            require(name).isLinkUp = isUp;
        }
    }

    /** From now on guests have an agent that sets their clock. */
    public void giveGuestsAgents() {
        hasAgents = true;
    }

    /** The domains whose clock was set, in order. */
    public List<DomainName> clocksSet() {
        return List.copyOf(clocksSet);
    }

    @Override
    public boolean setClock(DomainName name) {
        synchronized (running) {
            failIfTold(Operation.CLOCK);
            if (hasAgents && require(name).state == DomainState.RUNNING) {
                clocksSet.add(name);
                return true;
            }
        }
        return false;
    }

    @Override
    public void replaceNic(DomainSpec spec) {
        doing("replaceNic", spec.name(), Operation.LINK, () -> {
            if (require(spec.name()).state != DomainState.RUNNING) {
                throw new HypervisorRefused("the guest of " + spec.name() + " does not let go of its network card");
            }
        });
    }

    @Override
    public void onStopped(Consumer<DomainName> listener) {
        listeners.add(listener);
    }

    private void requirePresence() {
        if (away) {
            throw new HypervisorUnavailable("The test has taken the hypervisor away.");
        }
        // The real one's calls are made by workers, and the wait for them ends so.
        if (Thread.currentThread().isInterrupted()) {
            throw new HypervisorUnavailable("The wait for the hypervisor was interrupted.");
        }
    }

    private void doing(String verb, DomainName name, Operation operation, Runnable work) {
        failpoints.ifPresent(points -> points.pass("before " + verb));
        synchronized (running) {
            requirePresence();
            calls.add(verb + " " + name);
            failIfTold(operation);
            work.run();
        }
        failpoints.ifPresent(points -> points.pass("after " + verb));
    }

    private void failIfTold(Operation operation) {
        @Nullable RuntimeException failure = failures.remove(operation);
        if (failure != null) {
            throw failure;
        }
    }

    private void add(Running domain) {
        if (running.putIfAbsent(domain.spec.name(), domain) != null) {
            throw new HypervisorRefused("domain " + domain.spec.name() + " exists");
        }
    }

    private void run(Running domain) {
        if (domain.state != DomainState.RUNNING) {
            domain.state = DomainState.RUNNING;
            watch.ifPresent(w -> domain.memory =
                    w.begins(domain.spec.title(), domain.spec.name(), domain.memory, disk(domain.spec)));
        }
    }

    private void stop(Running domain) {
        domain.state = DomainState.PAUSED;
        watch.ifPresent(w -> w.ends(domain.spec.title(), domain.spec.name()));
    }

    private void remove(DomainName name) {
        synchronized (running) {
            @Nullable Running removed = running.remove(name);
            if (removed != null) {
                stop(removed);
            }
        }
    }

    private Running require(DomainName name) {
        @Nullable Running domain = running.get(name);
        if (domain == null) {
            throw new NoSuchDomain("There is no domain " + name + ".");
        }
        return domain;
    }

    private static Path disk(DomainSpec spec) {
        return spec.disks().get(0).path();
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As libvirt does it, for who reads meanwhile: what is in the file stays, but for its first 16 bytes at the end. */
    private void writeInTwoParts(Path file, String whole) {
        byte[] bytes = whole.getBytes(StandardCharsets.ISO_8859_1);
        byte[] unfinished = "LibvirtQemudPart".getBytes(StandardCharsets.ISO_8859_1);
        int middle = bytes.length - 4;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(unfinished));
            channel.write(ByteBuffer.wrap(bytes, unfinished.length, middle - unfinished.length));
            failpoints.ifPresent(points -> points.pass("in the middle of freeze"));
            channel.write(ByteBuffer.wrap(bytes, middle, bytes.length - middle));
            channel.write(ByteBuffer.wrap(bytes, 0, unfinished.length), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int memory(DomainSpec spec, Path file) {
        try {
            return memory(spec, Files.isRegularFile(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int memory(DomainSpec spec, String image) {
        int at = image.indexOf(WRITES);
        if (image.startsWith("LibvirtQemudSave") && at >= 0) {
            return Integer.parseInt(image.substring(at + WRITES.length()));
        }
        throw new HypervisorRefused("no whole memory for domain " + spec.name());
    }

    private static final class Running {
        private final DomainSpec spec;
        private DomainState state;
        private int memory;
        private boolean isLinkUp = true;

        Running(DomainSpec spec, DomainState state) {
            this.spec = spec;
            this.state = state;
        }
    }
}
