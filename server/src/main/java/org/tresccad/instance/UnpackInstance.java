package org.tresccad.instance;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainXml;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.IncomingMemory;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.identity.Caller;
import org.tresccad.image.ContentMissing;
import org.tresccad.image.Contents;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Overlays;
import org.tresccad.image.StoredContent;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Jobs;
import org.tresccad.job.Progress;
import org.tresccad.network.Network;
import org.tresccad.state.Database;
import org.tresccad.state.DurableFiles;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.IndexingSink;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.MemberFailed;
import org.tresccad.vmpackage.MemberSink;
import org.tresccad.vmpackage.PackageInvalid;
import org.tresccad.vmpackage.PackageSummary;
import org.tresccad.vmpackage.Reference;
import org.tresccad.vmpackage.ReferenceSource;
import org.tresccad.vmpackage.VmPackage;

/** Unpacks a package into an instance's directory and prepares the guest, paused. Trusts nothing that is in it. */
public final class UnpackInstance {
    /** What a host keeps of a guest that has left; their places are their numbers in an arrival's index. */
    private static final List<Member> KEPT = List.of(Member.SNAPSHOT, Member.DISK);

    private static final Set<Member> NEEDED =
            Collections.unmodifiableSet(EnumSet.of(Member.LIBVIRT_XML, Member.DISK, Member.SNAPSHOT));

    /** Each keeps a thread of libvirtd's waiting as long as it arrives; further ones go through a file. */
    private static final int MOST_PASSING = 3;

    private final Database database;
    private final Instances instances;
    private final Contents contents;
    private final Overlays overlays;
    private final Network network;
    private final Hypervisor hypervisor;
    private final DomainSpecs specs;
    private final InstanceFiles files;
    private final Preflight preflight;
    private final SharedContent shared;
    private final KeptElsewhere kept;
    private final Jobs jobs;
    private final Semaphore passing = new Semaphore(MOST_PASSING);

    /** Wires it. */
    public UnpackInstance(
            Database database,
            Instances instances,
            Contents contents,
            Overlays overlays,
            Network network,
            Hypervisor hypervisor,
            DomainSpecs specs,
            InstanceFiles files,
            Preflight preflight,
            SharedContent shared,
            KeptElsewhere kept,
            Jobs jobs) {
        this.database = database;
        this.instances = instances;
        this.contents = contents;
        this.overlays = overlays;
        this.network = network;
        this.hypervisor = hypervisor;
        this.specs = specs;
        this.files = files;
        this.preflight = preflight;
        this.shared = shared;
        this.kept = kept;
        this.jobs = jobs;
    }

    /**
     * Unpacks, verifies and prepares. When this returns everything is on disk and the domain exists, paused; when it
     * throws, the caller discards the instance.
     *
     * @param caller whose package it is; says what it may refer to
     * @param isKeptBySource whether the source keeps the guest until it runs here: then its memory need not be kept in a
     *     file here, and goes into QEMU as it arrives
     * @param frozen called when the first of what only a frozen guest has begins to arrive, if the package was begun
     *     while it ran; by another thread, before this returns
     * @throws TresccadException CONFLICT when something is missing that it refers to
     * @throws IOException when the package's stream or the disk fails
     */
    public void unpack(
            Caller caller,
            Instance instance,
            VmPackage content,
            boolean isKeptBySource,
            Runnable frozen,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        Manifest manifest = content.manifest();
        requireMemory(manifest);
        // An instance that left this host before has the same id when it comes back; its files may have outlived it.
        files.delete(instance.id());
        files.create(instance.id());
        Path directory = files.directory(instance.id());
        // While the package arrives, and not when its guest stands ready.
        network.apply();
        Arriving arriving = new Arriving(shared.arriving(), new CompletableFuture<>());
        boolean isPassing = isKeptBySource && passing.tryAcquire();
        try {
            PackageSummary summary = content.extract(
                    sinks(instance, content, arriving, frozen, isPassing),
                    references(caller, manifest, directory),
                    progress,
                    cancellation);
            awaitDisk(arriving.disk());
            database.execute(transaction -> kept.insert(transaction, instance.id(), origins(manifest, summary)));
            // For the next move from here, and nothing that this one waits for.
            shared.keep(instance.id(), arriving.blocks(), jobs);
        } finally {
            if (isPassing) {
                passing.release();
            }
        }
        Files.deleteIfExists(directory.resolve(Member.AHEAD.fileName()));
        DurableFiles.sync(directory);
        cancellation.throwIfCancelled();
        if (!isPassing) {
            prepare(instances.find(instance.id()).orElseThrow());
        }
    }

    /** What is made beside the files while a package arrives: which blocks it has, and its disk on the disk. */
    private record Arriving(BlockIndex blocks, CompletableFuture<Void> disk) {}

    /** Checked and forced to the disk while the memory arrives; before the last of that, QEMU writes nothing to it. */
    private void finishDisk(Path disk, CompletableFuture<Void> done) {
        jobs.start("check and fsync of " + disk, () -> {
            try {
                overlays.check(disk);
                DurableFiles.sync(disk);
                done.complete(null);
            } catch (IOException | RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
    }

    private static void awaitDisk(CompletableFuture<Void> disk) throws IOException {
        try {
            disk.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Cancelled("the thread was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TresccadException refused) {
                throw refused;
            }
            throw new MemberFailed(Member.DISK, new IOException("it could not be made durable", e.getCause()));
        }
    }

    /** All but the memory is there: makes it this host's own. Called by the thread that takes the members in. */
    private Instance settle(Instance instance, VmPackage content) throws IOException {
        Manifest manifest = content.manifest();
        Path directory = files.directory(instance.id());
        StoredContent base = contents.find(instance.spec().base())
                .orElseThrow(
                        () -> new ContentMissing("base image", instance.spec().base()));
        if (manifest.baseImage().isPresent()) {
            overlays.adopt(
                    files.disk(instance.id()),
                    base,
                    content.backingFile(),
                    instance.spec().diskBytes());
        } else {
            overlays.adoptWhole(files.disk(instance.id()), base, instance.spec().diskBytes());
        }
        SavedHardware hardware = hardware(directory.resolve(Member.LIBVIRT_XML.fileName()));
        Instance complete = withContent(instance, manifest, directory).withHardware(hardware);
        database.execute(transaction -> {
            complete.spec().boot().ifPresent(boot -> {
                contents.hold(transaction, boot.kernel(), instance.holder());
                boot.ramdisk().ifPresent(ramdisk -> contents.hold(transaction, ramdisk, instance.holder()));
            });
            instances.update(transaction, complete);
        });
        return complete;
    }

    private static SavedHardware hardware(Path xml) throws IOException {
        String text;
        try {
            text = Files.readString(xml, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new PackageInvalid(Member.LIBVIRT_XML.fileName(), "is not UTF-8", e);
        }
        Files.delete(xml);
        SavedHardware hardware = DomainXml.readHardware(text);
        DomainSpecs.requireDevices(Member.LIBVIRT_XML, hardware);
        return hardware;
    }

    private Map<Member, MemberSink> sinks(
            Instance instance, VmPackage content, Arriving arriving, Runnable frozen, boolean isPassing) {
        Path directory = files.directory(instance.id());
        Set<Member> members = content.manifest().members();
        Map<Member, MemberSink> sinks = new EnumMap<>(Member.class);
        for (Member member : members) {
            MemberSink sink = MemberSink.file(fileOf(member, instance, directory), durability(member));
            if (member == Member.SNAPSHOT) {
                MemberSink file = sink;
                sink = () -> {
                    Instance complete = settle(instance, content);
                    finishDisk(files.disk(instance.id()), arriving.disk());
                    return isPassing ? intoDomain(complete, arriving.disk()) : file.open();
                };
            }
            int number = KEPT.indexOf(member);
            sinks.put(member, number < 0 ? sink : new IndexingSink(member, sink, arriving.blocks(), number));
        }
        if (members.contains(Member.AHEAD)) {
            // Its XML comes first of what comes after the freeze.
            sinks.computeIfPresent(Member.LIBVIRT_XML, (member, sink) -> () -> {
                frozen.run();
                return sink.open();
            });
        }
        return sinks;
    }

    /** The disk is changed once more before its domain is made, and is forced to the disk after that. */
    private static MemberSink.Durability durability(Member member) {
        return switch (member) {
            case AHEAD, DISK -> MemberSink.Durability.CACHED;
            case LIBVIRT_XML, KERNEL, RAMDISK, SNAPSHOT -> MemberSink.Durability.SYNCED;
        };
    }

    private MemberSink.Target intoDomain(Instance complete, CompletableFuture<Void> disk) {
        IncomingMemory memory = hypervisor.restoreIncoming(
                specs.forResume(complete, complete.hardware().orElseThrow()), files.memory(complete.id()));
        return new MemberSink.Target() {
            @Override
            public void write(byte[] bytes, int length) {
                memory.write(bytes, length);
            }

            @Override
            public void complete() throws IOException {
                awaitDisk(disk);
                memory.complete();
            }

            @Override
            public void close() {
                memory.close();
            }
        };
    }

    private static void requireMemory(Manifest manifest) {
        if (!manifest.members().containsAll(NEEDED)) {
            throw new PackageInvalid("manifest.json", "announces no frozen guest: it needs the members " + NEEDED);
        }
    }

    private Map<Reference, ReferenceSource> references(Caller caller, Manifest manifest, Path directory) {
        Map<Reference, ReferenceSource> sources = new HashMap<>();
        for (Reference reference : manifest.references()) {
            Path file = reference instanceof Reference.Ahead
                    ? directory.resolve(Member.AHEAD.fileName())
                    : preflight
                            .find(caller, reference)
                            .orElseThrow(() -> new TresccadException(
                                    ErrorKind.CONFLICT,
                                    "The package refers to content that is not here any more. Send it again."));
            sources.put(reference, ReferenceSource.file(file));
        }
        return sources;
    }

    /** By which names the host that sent this will know it, if it keeps it. */
    private static List<KeptElsewhere.Origin> origins(Manifest manifest, PackageSummary summary) {
        List<KeptElsewhere.Origin> origins = new ArrayList<>();
        for (int number = 0; number < KEPT.size(); number++) {
            PackageSummary.Content content = summary.members().get(KEPT.get(number));
            if (content != null) {
                origins.add(new KeptElsewhere.Origin(
                        number,
                        new Reference.Kept(
                                manifest.identity().lineage(),
                                manifest.identity().epoch(),
                                KEPT.get(number),
                                content.treeSha256(),
                                content.sizeBytes())));
            }
        }
        return origins;
    }

    /** Makes the domain of an instance that is unpacked, paused; also after a restart has lost it. */
    public void prepare(Instance instance) {
        network.apply();
        hypervisor.restorePaused(
                specs.forResume(instance, instance.hardware().orElseThrow()), files.memory(instance.id()));
    }

    private Instance withContent(Instance instance, Manifest manifest, Path directory) throws IOException {
        if (!manifest.members().contains(Member.KERNEL)) {
            return instance;
        }
        InstanceSpec spec = instance.spec();
        StoredContent kernel = contents.add(directory.resolve("kernel"), DiskFormat.AKI, instance.holder());
        Optional<StoredContent> ramdisk = manifest.members().contains(Member.RAMDISK)
                ? Optional.of(contents.add(directory.resolve("ramdisk"), DiskFormat.ARI, instance.holder()))
                : Optional.empty();
        return instance.with(new InstanceSpec(
                spec.hostname(),
                spec.flavor(),
                spec.image(),
                spec.base(),
                spec.diskBytes(),
                Optional.of(new InstanceSpec.KernelBoot(
                        kernel.digest(),
                        ramdisk.map(StoredContent::digest),
                        manifest.hardware().commandLine().orElse(""))),
                spec.key(),
                spec.userData(),
                spec.platform()));
    }

    private Path fileOf(Member member, Instance instance, Path directory) {
        return switch (member) {
            case SNAPSHOT -> files.memory(instance.id());
            case DISK -> files.disk(instance.id());
            case AHEAD, KERNEL, RAMDISK, LIBVIRT_XML -> directory.resolve(member.fileName());
        };
    }
}
