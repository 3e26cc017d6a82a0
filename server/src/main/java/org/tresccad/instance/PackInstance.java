package org.tresccad.instance;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Clock;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.handover.Epoch;
import org.tresccad.hypervisor.HostCapabilities;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ContentMissing;
import org.tresccad.image.Contents;
import org.tresccad.image.StoredContent;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.network.Network;
import org.tresccad.network.Port;
import org.tresccad.vmpackage.AheadBlocks;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.MemberSource;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageSummary;
import org.tresccad.vmpackage.PackageWriter;

/** Turns an instance into a package: what it says of itself, and its members as they lie on this host. */
public final class PackInstance {
    private static final String NIC_MODEL = "virtio";
    private static final String FIRMWARE = "bios";

    private final Hypervisor hypervisor;
    private final Contents contents;
    private final Network network;
    private final InstanceFiles files;
    private final PackageWriter writer;
    private final Manifest.Home home;
    private final String generator;
    private final Clock clock;

    /** Packages name {@code home} as the place that decides, and {@code generator} as what wrote them. */
    public PackInstance(
            Hypervisor hypervisor,
            Contents contents,
            Network network,
            InstanceFiles files,
            PackageWriter writer,
            Manifest.Home home,
            String generator,
            Clock clock) {
        this.hypervisor = hypervisor;
        this.contents = contents;
        this.network = network;
        this.files = files;
        this.writer = writer;
        this.home = home;
        this.generator = generator;
        this.clock = clock;
    }

    /** What the package of that instance says of itself, frozen or not yet. */
    public Manifest describe(Instance instance, Epoch epoch, UUID nonce) {
        InstanceSpec spec = instance.spec();
        HostCapabilities host = hypervisor.capabilities();
        Port port = network.portOf(instance.holder()).orElseThrow();
        StoredContent base = content("base image", spec.base());
        EnumSet<Member> members = EnumSet.of(Member.LIBVIRT_XML, Member.SNAPSHOT, Member.DISK);
        spec.boot().ifPresent(boot -> {
            members.add(Member.KERNEL);
            boot.ramdisk().ifPresent(ramdisk -> members.add(Member.RAMDISK));
        });
        return new Manifest(
                new Manifest.Identity(epoch.lineage().value(), epoch.number(), nonce, home),
                clock.instant(),
                generator,
                new Manifest.Guest(
                        instance.name(),
                        new Manifest.Flavor(
                                spec.flavor().name(),
                                spec.flavor().vcpus(),
                                spec.flavor().memoryMib(),
                                spec.flavor().diskGib()),
                        instance.metadata(),
                        spec.key().map(key -> new Manifest.Key(key.name(), key.publicKey())),
                        spec.userData(),
                        instance.status() != InstanceStatus.PAUSED),
                new Manifest.Hardware(
                        spec.platform(),
                        spec.flavor().vcpus(),
                        spec.flavor().memoryMib(),
                        FIRMWARE,
                        spec.boot().map(InstanceSpec.KernelBoot::commandLine),
                        spec.diskBytes(),
                        List.of(new Manifest.Nic(port.mac(), port.address(), NIC_MODEL)),
                        host.qemuVersion(),
                        host.libvirtVersion()),
                Optional.of(new Manifest.BaseImage(
                        base.digest(),
                        Optional.empty(),
                        spec.hostname(),
                        base.format(),
                        base.sizeBytes(),
                        base.virtualSizeBytes())),
                members);
    }

    /**
     * Writes the package of an instance whose freeze goes on, or is still to come when something goes ahead of it.
     *
     * @param known where blocks lie in the manifest's references
     * @param ahead the member of that name, if the manifest announces it
     * @throws IOException when {@code out} fails
     */
    public PackageSummary write(
            Instance instance,
            Freeze freeze,
            Manifest manifest,
            BlockIndex known,
            Optional<AheadBlocks> ahead,
            OutputStream out,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        Map<Member, MemberSource> sources = new EnumMap<>(Member.class);
        ahead.ifPresent(blocks -> sources.put(Member.AHEAD, blocks));
        if (manifest.members().contains(Member.SNAPSHOT_AHEAD)) {
            sources.put(
                    Member.SNAPSHOT_AHEAD,
                    () -> memoryAheadBytes(instance, manifest) > 0
                            ? Files.newInputStream(files.memoryAhead(instance.id()))
                            : InputStream.nullInputStream());
        }
        sources.put(Member.LIBVIRT_XML, freeze.xml());
        sources.put(Member.SNAPSHOT, freeze.memory());
        sources.put(Member.DISK, MemberSource.file(files.disk(instance.id())));
        instance.spec().boot().ifPresent(boot -> {
            sources.put(
                    Member.KERNEL,
                    MemberSource.file(content("kernel", boot.kernel()).path()));
            boot.ramdisk()
                    .ifPresent(ramdisk -> sources.put(
                            Member.RAMDISK,
                            MemberSource.file(content("ramdisk", ramdisk).path())));
        });
        return writer.write(manifest, sources, known, out, progress, cancellation);
    }

    /** What goes ahead of the freeze in a package with that manifest; blocks that are {@code known} do not. */
    public AheadBlocks ahead(Manifest manifest, BlockIndex known) {
        return writer.ahead(manifest, known, PackageLimits.STANDARD);
    }

    /**
     * How many plain bytes of a package with {@code manifest} come before what only a frozen guest has, once nothing more
     * is offered to {@code ahead}.
     *
     * @throws IOException when the last copy of the memory is not there
     */
    public long bytesAhead(Instance instance, Manifest manifest, AheadBlocks ahead) throws IOException {
        long kernels = instance.spec()
                .boot()
                .map(boot -> content("kernel", boot.kernel()).sizeBytes()
                        + boot.ramdisk()
                                .map(ramdisk -> content("ramdisk", ramdisk).sizeBytes())
                                .orElse(0L))
                .orElse(0L);
        return ahead.counts().memberBytes() + kernels + memoryAheadBytes(instance, manifest);
    }

    /** Of a guest that was too busy while it was copied, nothing: its pages are in the copy again and again. */
    private long memoryAheadBytes(Instance instance, Manifest manifest) throws IOException {
        if (!manifest.members().contains(Member.SNAPSHOT_AHEAD)) {
            return 0;
        }
        long bytes = Files.size(files.memoryAhead(instance.id()));
        return bytes <= PackageLimits.STANDARD.bytesFor(Member.SNAPSHOT_AHEAD, manifest) ? bytes : 0;
    }

    private StoredContent content(String what, ContentDigest digest) {
        return contents.find(digest).orElseThrow(() -> new ContentMissing(what, digest));
    }
}
