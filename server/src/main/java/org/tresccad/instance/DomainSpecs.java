package org.tresccad.instance;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ContentMissing;
import org.tresccad.image.Contents;
import org.tresccad.network.GuestNetwork;
import org.tresccad.network.Network;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.PackageInvalid;

/** Turns an instance of ours into the domain that runs it on this host. */
public final class DomainSpecs {
    /** libvirt's target name of the one disk. */
    public static final String DISK_TARGET = "vda";

    /** What the template gives every guest; the memory of one with more or less would not fit. */
    private static final Set<String> DEVICES =
            Set.of(SavedHardware.diskRole(DISK_TARGET), SavedHardware.nicRole(0), "memballoon");

    /** What it gives only those that had it; Nova leaves it out when a flavor says so. */
    private static final String RNG = "rng";

    private final Contents contents;
    private final Network network;
    private final InstanceFiles files;

    /** Looks content up in {@code contents}, the port in {@code network}. */
    public DomainSpecs(Contents contents, Network network, InstanceFiles files) {
        this.contents = contents;
        this.network = network;
        this.files = files;
    }

    /**
     * Refuses a saved guest whose devices are not those that a domain of ours has.
     *
     * @param member which tells of them
     * @throws PackageInvalid with what it has
     */
    static void requireDevices(Member member, SavedHardware hardware) {
        Set<String> devices = new HashSet<>(hardware.devices().keySet());
        devices.remove(RNG);
        if (!devices.equals(DEVICES)) {
            throw new PackageInvalid(
                    member.fileName(),
                    "its guest has the devices " + hardware.devices().keySet()
                            + "; only a guest with exactly disk:vda, nic:0, memballoon and perhaps rng can be resumed here");
        }
    }

    /** For a cold start: libvirt chooses the layout of the devices. */
    public DomainSpec forBoot(Instance instance) {
        return spec(instance, Optional.empty());
    }

    /** For a resume from memory: the layout is the saved one. */
    public DomainSpec forResume(Instance instance, SavedHardware hardware) {
        return spec(instance, Optional.of(hardware));
    }

    private DomainSpec spec(Instance instance, Optional<SavedHardware> hardware) {
        GuestNetwork net = network.guestNetwork();
        return new DomainSpec(
                instance.domain(),
                instance.domainId(),
                instance.name(),
                instance.spec().platform(),
                instance.spec().flavor().vcpus(),
                instance.spec().flavor().memoryMib(),
                instance.spec()
                        .boot()
                        .map(boot -> new DomainSpec.DirectBoot(
                                path("kernel", boot.kernel()),
                                boot.ramdisk().map(digest -> path("ramdisk", digest)),
                                boot.commandLine())),
                List.of(new DomainSpec.Disk(DISK_TARGET, files.disk(instance.id()))),
                network.portOf(instance.holder()).stream()
                        .map(port -> new DomainSpec.Nic(port.mac(), net.bridge(), port.tap(), net.mtu()))
                        .toList(),
                files.console(instance.id()),
                hardware);
    }

    private Path path(String what, ContentDigest digest) {
        return contents.find(digest)
                .orElseThrow(() -> new ContentMissing(what, digest))
                .path();
    }
}
