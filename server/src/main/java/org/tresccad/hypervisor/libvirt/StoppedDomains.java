package org.tresccad.hypervisor.libvirt;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.libvirt.event.DomainEvent;
import org.libvirt.event.DomainEventType;
import org.libvirt.event.LifecycleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.hypervisor.DomainName;

/**
 * Tells listeners about domains that stopped: by libvirt's lifecycle events and, since events that happen while
 * libvirtd is away are lost, by comparing what was there before with what is there after.
 */
final class StoppedDomains implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoppedDomains.class);

    private final List<Consumer<DomainName>> listeners = new CopyOnWriteArrayList<>();
    private final LifecycleListener events = this::happened;
    private final ExecutorService dispatcher = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "libvirt-stopped");
        thread.setDaemon(true);
        return thread;
    });

    /** Domains that were there when last heard of; guarded by itself. */
    private final Set<DomainName> known = new HashSet<>();

    void add(Consumer<DomainName> listener) {
        listeners.add(listener);
    }

    /** Listens to a new session, and catches up with what happened since the last one. */
    void opened(LiveConnect connect) throws LibvirtException {
        connect.addLifecycleListener(events);
        compare(connect);
    }

    /**
     * Tells about domains that went without an event: before this session, or while libvirtd, just started, found their
     * QEMU dead; until then it lists them as if they were alive.
     */
    void compare(LiveConnect connect) throws LibvirtException {
        Set<DomainName> missing;
        synchronized (known) {
            missing = new HashSet<>(known);
        }
        Set<DomainName> there = Domains.list(connect);
        missing.removeAll(there);
        synchronized (known) {
            known.addAll(there);
            missing.retainAll(known);
        }
        missing.forEach(this::stopped);
    }

    void closing(LiveConnect connect) throws LibvirtException {
        connect.removeLifecycleListener(events);
    }

    @Override
    public void close() {
        dispatcher.shutdownNow();
    }

    /** On the event loop's thread; the name is in the handle, libvirtd is not asked. */
    private int happened(Domain domain, DomainEvent event) {
        try {
            Optional<DomainName> name = Domains.ownName(domain.getName());
            name.ifPresent(own -> happened(own, event.getType()));
        } catch (LibvirtException | RuntimeException e) {
            log.warn("an event of libvirt's was lost", e);
        } finally {
            free(domain);
        }
        return 0;
    }

    private void happened(DomainName name, DomainEventType type) {
        if (type == DomainEventType.STARTED) {
            synchronized (known) {
                known.add(name);
            }
        } else if (type == DomainEventType.STOPPED) {
            stopped(name);
        }
    }

    private void stopped(DomainName name) {
        synchronized (known) {
            known.remove(name);
        }
        if (!dispatcher.isShutdown()) {
            dispatcher.execute(() -> listeners.forEach(listener -> tell(listener, name)));
        }
    }

    private static void tell(Consumer<DomainName> listener, DomainName name) {
        try {
            listener.accept(name);
        } catch (RuntimeException e) {
            log.error("a listener failed when {} stopped", name, e);
        }
    }

    private static void free(Domain domain) {
        try {
            domain.free();
        } catch (LibvirtException e) {
            log.warn("a handle of libvirt's could not be freed", e);
        }
    }
}
