package org.tresccad.hypervisor;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.tresccad.network.MacAddress;

/**
 * Domains on this host. All of ours are transient: one that stops is gone from libvirt, and what we know of it is in
 * our own database. Errors: {@link HypervisorUnavailable}, {@link HypervisorRefused}, {@link NoSuchDomain}.
 */
public interface Hypervisor {
    /** What this host can run; measured once, then remembered. Warms libvirt's own cache of QEMU's capabilities. */
    HostCapabilities capabilities();

    /** What a new instance is pinned to on this host. */
    Platform newPlatform();

    /** What this host lacks to run a domain with that CPU, feature by feature, for people; empty when it can. */
    Optional<String> lacks(CpuModel cpu);

    /**
     * The largest CPU that has no more than any of {@code cpus}, of which there is one at least; empty when there is none,
     * as between CPUs of different makers.
     */
    Optional<CpuModel> baseline(Set<HostCpu> cpus);

    /** Creates and runs a domain. */
    void start(DomainSpec spec);

    /** The state of one domain; empty when libvirt does not have it. */
    Optional<DomainState> state(DomainName name);

    /** Every domain of ours that libvirt has. */
    Set<DomainName> domains();

    /** Asks the guest to power off; returns at once. */
    void requestShutdown(DomainName name);

    /** Stops the domain as by pulling the plug. Nothing happens when it is not there. */
    void destroy(DomainName name);

    /** Stops the CPUs. Nothing happens when they are stopped. */
    void pause(DomainName name);

    /** Lets the CPUs run. Nothing happens when they run. */
    void resume(DomainName name);

    /**
     * Stops the CPUs and writes memory and device state to {@code memoryFile} (a libvirt save image, fsynced before
     * this returns), without the disks. The domain stays, paused; {@link #resume} takes it all back. When this throws,
     * the domain runs as before and there is no file; where libvirt died meanwhile, that becomes so when it is back.
     *
     * <p>It can be frozen again after {@link #resume}, and also without, when it was a freeze that stopped it: then its
     * CPUs run for a moment first, for QEMU writes the memory of a stopped guest only once. For the same reason a guest
     * that its user paused can be frozen once until it is resumed.
     *
     * @param memoryFile does not exist; in a directory of ours
     * @param stopped called once the CPUs have stopped, before the memory is written; {@link SaveImageFollower} reads it
     *     meanwhile. May come although this fails later
     * @return the layout that a domain needs to resume from that file, and the XML it was read from
     */
    FrozenDomain freeze(DomainName name, Path memoryFile, Consumer<FrozenDomain> stopped);

    /**
     * Writes the memory of a running domain to {@code memoryFile} while it runs on; at the end it stands for a moment.
     * The disk runs on too, so nothing can be resumed from that file: it is what the next one can be compared with. The XML
     * in it is the domain's as {@link FrozenDomain} has it.
     *
     * @param memoryFile does not exist; in a directory of ours
     */
    void copyMemory(DomainName name, Path memoryFile);

    /**
     * Creates a domain from memory that {@link #freeze} wrote, perhaps elsewhere, with its CPUs stopped. The file's XML
     * is replaced by one made from {@code spec}; nothing of the old one is trusted. The file is changed in place.
     *
     * @throws HypervisorRefused when libvirt or QEMU will not have it; nothing is left running
     */
    void restorePaused(DomainSpec spec, Path memoryFile);

    /**
     * As {@link #restorePaused}, from memory that is still on its way: QEMU loads it as it comes. The domain's disks
     * must be complete. Returns before the domain is there; that it cannot be made is thrown by what is returned.
     *
     * @param pipe does not exist; what is there then cannot be restored from, and stays until the caller deletes it
     */
    IncomingMemory restoreIncoming(DomainSpec spec, Path pipe);

    /** Pulls or plugs the cable of the card with that address. */
    void setLink(DomainName name, MacAddress mac, boolean isUp);

    /**
     * Takes the one card out of a running guest and puts in a new one, as {@code spec} has it, at the same place. That is
     * how a guest learns of another MAC address than the one in its memory: to it the old card is gone for good, and the
     * new one is found like any that is plugged in. Harmless to repeat; a card that is out already is only put in.
     *
     * @throws HypervisorRefused when the guest does not let go of the old card in time, or libvirt does not have it; the
     *     guest runs on, and may be left without a card
     */
    void replaceNic(DomainSpec spec);

    /**
     * Gives the guest this host's time, through QEMU's guest agent; takes 15 seconds at most, while everything else can
     * be done with the domain. The guest answers, or somebody in it who means harm: nothing of it is passed on.
     *
     * @return false when no agent has its port open just now; right after the CPUs began to run that may change
     * @throws HypervisorRefused when there is one and it does not do it
     */
    boolean setClock(DomainName name);

    /** Tells {@code listener} about domains of ours that stopped, for whatever reason; from a thread of its own. */
    void onStopped(Consumer<DomainName> listener);
}
