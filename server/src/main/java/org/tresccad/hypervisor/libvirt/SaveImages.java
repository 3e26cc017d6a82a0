package org.tresccad.hypervisor.libvirt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.hypervisor.DomainXml;
import org.tresccad.hypervisor.FrozenDomain;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.hypervisor.MemoryPipe;
import org.tresccad.hypervisor.SaveImageHeader;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.state.DurableFiles;

/**
 * Memory to files and back. The memory is written by an external snapshot of memory alone (every disk
 * {@code snapshot='no'}, no metadata), which leaves the domain paused and alive.
 *
 * <p>QEMU writes the memory of a stopped guest once: afterwards it is in its state {@code postmigrate}, which only
 * running it ends ("Can't migrate the vm that was paused due to previous migration"). So a domain that a freeze stopped
 * is let run for a moment before it is written again, and a mark in its metadata tells it from one whose user stopped
 * it: that one must not run, and a second freeze of it is refused until its user has resumed it.
 */
final class SaveImages {
    private static final Logger log = LoggerFactory.getLogger(SaveImages.class);
    /** {@code VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA}. */
    private static final int NO_METADATA = 4;
    /** {@code VIR_DOMAIN_SNAPSHOT_CREATE_LIVE}. */
    private static final int LIVE = 256;

    private static final String WRITTEN_BEFORE = "paused due to previous migration";

    /** Freezes that failed together with libvirtd or QEMU, to be taken back when libvirtd is there again, or before the next. */
    private final Map<DomainName, Path> undone = new ConcurrentHashMap<>();

    /** As {@link org.tresccad.hypervisor.Hypervisor#freeze}. */
    FrozenDomain freeze(LiveConnect connect, DomainName name, Path memoryFile, Consumer<FrozenDomain> stopped)
            throws LibvirtException, LibvirtFailure {
        Optional<Path> earlier = Optional.ofNullable(undone.get(name));
        if (earlier.isPresent()) {
            // The domain may be gone since, and be another one by now.
            takeBack(connect, name, earlier.get(), true);
            undone.remove(name);
        }
        if (Files.exists(memoryFile)) {
            throw new HypervisorRefused("could not freeze " + name + ": its memory file exists already");
        }
        return Domains.use(connect, name, domain -> freeze(domain, name, memoryFile, stopped));
    }

    /** As {@link org.tresccad.hypervisor.Hypervisor#copyMemory}. */
    static boolean copy(LiveConnect connect, DomainName name, Path memoryFile) throws LibvirtException, LibvirtFailure {
        return Domains.use(connect, name, domain -> {
            if (!Domains.state(domain).equals(Optional.of(DomainState.RUNNING))) {
                throw new HypervisorRefused("could not copy the memory of " + name + ": it does not run");
            }
            // What libvirt puts in the file says less: of the CPU that QEMU really made, nothing.
            String xml = domain.getXMLDesc(0);
            try {
                snapshot(domain, memoryFile, NO_METADATA | LIVE);
                SaveImageHeader.putXml(memoryFile, xml);
            } catch (LibvirtException e) {
                delete(memoryFile);
                throw e;
            } catch (IOException e) {
                delete(memoryFile);
                throw new TresccadException(ErrorKind.NO_SPACE, "could not copy the memory of " + name, e);
            }
            return true;
        });
    }

    private FrozenDomain freeze(Domain domain, DomainName name, Path memoryFile, Consumer<FrozenDomain> stopped)
            throws LibvirtException, LibvirtFailure {
        String xml = domain.getXMLDesc(0);
        SavedHardware hardware = DomainXml.readHardware(xml);
        boolean isRunning = runs(domain, name);
        boolean wasRunning = isRunning || Domains.isMarkedFrozen(domain);
        boolean isDone = false;
        try {
            if (isRunning) {
                Domains.markFrozen(domain, true);
                domain.suspend();
            }
            FrozenDomain frozen = new FrozenDomain(xml, hardware, wasRunning);
            // One that an earlier freeze stopped is perhaps written twice, and who reads behind would read the first.
            boolean mayBeWrittenTwice = wasRunning && !isRunning;
            if (!mayBeWrittenTwice) {
                stopped.accept(frozen);
            }
            write(domain, name, memoryFile, wasRunning);
            isDone = true;
            if (mayBeWrittenTwice) {
                stopped.accept(frozen);
            }
            return frozen;
        } finally {
            if (!isDone) {
                takeBack(domain, name, memoryFile, isRunning);
            }
        }
    }

    /** Restores from {@code memoryFile}, whose XML is replaced first. */
    static void restorePaused(LiveConnect connect, DomainSpec spec, Path memoryFile) throws LibvirtFailure {
        if (MemoryPipe.isAt(memoryFile)) {
            throw new HypervisorRefused("could not restore " + spec.name() + ": its memory was not kept in a file");
        }
        try {
            SaveImageHeader.replaceXml(memoryFile, xmlForRestore(spec));
        } catch (IOException e) {
            throw new UncheckedIOException("the memory file of " + spec.name() + " cannot be changed", e);
        }
        connect.restorePaused(memoryFile.toString());
    }

    /** What takes the place of the XML in a save image. */
    static String xmlForRestore(DomainSpec spec) {
        if (spec.hardware().isEmpty()) {
            throw new IllegalArgumentException("memory needs the hardware it was saved with");
        }
        return DomainXml.render(spec);
    }

    /** Takes back a freeze that succeeded after its caller had given up. */
    void takeBack(LiveConnect connect, DomainName name, Path memoryFile, boolean isToRun)
            throws LibvirtException, LibvirtFailure {
        delete(memoryFile);
        if (!isToRun) {
            return;
        }
        Optional<Boolean> found = Domains.find(connect, name, domain -> {
            letRun(domain);
            return true;
        });
        if (found.isEmpty()) {
            log.warn("{} stopped before its freeze could be taken back", name);
        }
    }

    /** Takes back what could not be taken back while libvirtd was away. */
    void retry(LiveConnect connect) {
        for (Map.Entry<DomainName, Path> entry : Map.copyOf(undone).entrySet()) {
            try {
                takeBack(connect, entry.getKey(), entry.getValue(), true);
                undone.remove(entry.getKey());
                log.info("{} runs on after a freeze that failed together with libvirt", entry.getKey());
            } catch (LibvirtException | LibvirtFailure e) {
                log.error("{} cannot be let run after a freeze that failed", entry.getKey(), e);
            }
        }
    }

    private static boolean runs(Domain domain, DomainName name) throws LibvirtException {
        Optional<DomainState> state = Domains.state(domain);
        if (state.isEmpty() || state.get() == DomainState.CRASHED) {
            throw new HypervisorRefused("could not freeze " + name + ": it has crashed or is shutting down");
        }
        return state.get() == DomainState.RUNNING;
    }

    private static void write(Domain domain, DomainName name, Path memoryFile, boolean mayRun) throws LibvirtException {
        try {
            snapshot(domain, memoryFile, NO_METADATA);
        } catch (LibvirtException e) {
            if (!String.valueOf(e.getMessage()).contains(WRITTEN_BEFORE)) {
                throw e;
            }
            if (!mayRun) {
                throw new HypervisorRefused(
                        "could not freeze " + name + ": its memory was written once since its user paused it; resume"
                                + " it, then it can be written again",
                        e);
            }
            domain.resume();
            domain.suspend();
            snapshot(domain, memoryFile, NO_METADATA);
        }
        try {
            // Reading it back also says that libvirt finished it: the magic is written last.
            SaveImageHeader.read(memoryFile);
            DurableFiles.sync(memoryFile);
            Path directory = memoryFile.toAbsolutePath().getParent();
            if (directory != null) {
                DurableFiles.sync(directory);
            }
        } catch (IOException e) {
            throw new TresccadException(
                    ErrorKind.NO_SPACE, "could not freeze " + name + ": its memory could not be made durable", e);
        }
    }

    private static void snapshot(Domain domain, Path memoryFile, int flags) throws LibvirtException {
        domain.snapshotCreateXML(SnapshotXml.memoryOnly(memoryFile, domain.getXMLDesc(0)), flags)
                .free();
    }

    private void takeBack(Domain domain, DomainName name, Path memoryFile, boolean isToRun) {
        delete(memoryFile);
        if (!isToRun) {
            return;
        }
        try {
            letRun(domain);
        } catch (LibvirtException e) {
            log.error("{} could not be let run after a freeze that failed; once libvirt is there it will be", name, e);
            undone.put(name, memoryFile);
        }
    }

    /** Only with the mark: without it, the CPUs were stopped by somebody else since, and for a reason. */
    private static void letRun(Domain domain) throws LibvirtException {
        if (Domains.isMarkedFrozen(domain)) {
            if (Domains.state(domain).equals(Optional.of(DomainState.PAUSED))) {
                domain.resume();
            }
            Domains.markFrozen(domain, false);
        }
    }

    private static void delete(Path memoryFile) {
        try {
            Files.deleteIfExists(memoryFile);
        } catch (IOException e) {
            log.warn("a memory file of a failed freeze is left: {}", memoryFile, e);
        }
    }
}
