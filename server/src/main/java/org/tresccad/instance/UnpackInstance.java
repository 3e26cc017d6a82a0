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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.DomainXml;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.IncomingMemory;
import org.tresccad.hypervisor.SaveImageHeader;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.hypervisor.SplicedMemory;
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
    private static final Logger LOG = LoggerFactory.getLogger(UnpackInstance.class);

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
    private final Semaphore aheadMib = new Semaphore(SplicedMemory.MOST_GUEST_MIB);

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
        boolean isPassing = isKeptBySource && passing.tryAcquire();
        Arriving arriving = new Arriving(instance, content, shared.arriving(), isPassing);
        try (arriving) {
            PackageSummary summary = content.extract(
                    sinks(arriving, frozen), references(caller, manifest, directory), progress, cancellation);
            awaitDisk(arriving.disk);
            database.execute(transaction -> kept.insert(transaction, instance.id(), origins(manifest, summary)));
            // For the next move from here, and nothing that this one waits for.
            shared.keep(instance.id(), arriving.blocks, jobs);
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

    /** A package on its way in. Its members are taken in by one thread; another one closes it after that. */
    private static final class Arriving implements AutoCloseable {
        private final VmPackage content;
        private final BlockIndex blocks;
        /** Whether its memory goes into QEMU as it comes. */
        private final boolean isPassing;

        /** Done when the disk is on the disk. */
        private final CompletableFuture<Void> disk = new CompletableFuture<>();

        /** Knows its kernel once that was there. */
        private Instance instance;

        private Optional<BegunDomain> begun = Optional.empty();

        Arriving(Instance instance, VmPackage content, BlockIndex blocks, boolean isPassing) {
            this.instance = instance;
            this.content = content;
            this.blocks = blocks;
            this.isPassing = isPassing;
        }

        @Override
        public void close() {
            begun.ifPresent(BegunDomain::close);
            begun = Optional.empty();
        }
    }

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
    private Instance settle(Arriving arriving) throws IOException {
        Instance instance = arriving.instance;
        StoredContent base = base(instance);
        if (arriving.begun
                .filter(domain -> domain.takes(files.disk(instance.id()), base))
                .isEmpty()) {
            giveUpBegun(arriving);
        }
        if (arriving.content.manifest().baseImage().isPresent()) {
            overlays.adopt(
                    files.disk(instance.id()),
                    base,
                    arriving.content.backingFile(),
                    instance.spec().diskBytes());
        } else {
            overlays.adoptWhole(files.disk(instance.id()), base, instance.spec().diskBytes());
        }
        SavedHardware hardware = hardware(files.directory(instance.id()).resolve(Member.LIBVIRT_XML.fileName()));
        Instance complete = instance.withHardware(hardware);
        database.execute(transaction -> {
            complete.spec().boot().ifPresent(boot -> {
                contents.hold(transaction, boot.kernel(), instance.holder());
                boot.ramdisk().ifPresent(ramdisk -> contents.hold(transaction, ramdisk, instance.holder()));
            });
            instances.update(transaction, complete);
        });
        return complete;
    }

    private StoredContent base(Instance instance) {
        return contents.find(instance.spec().base())
                .orElseThrow(
                        () -> new ContentMissing("base image", instance.spec().base()));
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

    private Map<Member, MemberSink> sinks(Arriving arriving, Runnable frozen) {
        InstanceId id = arriving.instance.id();
        Path directory = files.directory(id);
        Set<Member> members = arriving.content.manifest().members();
        Map<Member, MemberSink> sinks = new EnumMap<>(Member.class);
        for (Member member : members) {
            MemberSink sink =
                    switch (member) {
                        case AHEAD, KERNEL, RAMDISK ->
                            MemberSink.file(directory.resolve(member.fileName()), durability(member));
                        case SNAPSHOT_AHEAD -> arriving.isPassing ? () -> memoryAhead(arriving) : MemberSink.discard();
                        case LIBVIRT_XML ->
                            () -> {
                                if (members.contains(Member.AHEAD)) {
                                    // It comes first of what comes after the freeze.
                                    frozen.run();
                                }
                                arriving.instance = withContent(arriving);
                                return MemberSink.file(directory.resolve(member.fileName()), durability(member))
                                        .open();
                            };
                        case DISK -> () -> disk(arriving).open();
                        case SNAPSHOT -> () -> memory(arriving);
                    };
            int number = KEPT.indexOf(member);
            sinks.put(member, number < 0 ? sink : new IndexingSink(member, sink, arriving.blocks, number));
        }
        return sinks;
    }

    /** A domain that was begun has its disk open already. */
    private MemberSink disk(Arriving arriving) {
        Path disk = files.disk(arriving.instance.id());
        return arriving.begun.isPresent()
                ? MemberSink.over(disk, durability(Member.DISK))
                : MemberSink.file(disk, durability(Member.DISK));
    }

    private MemberSink.Target memory(Arriving arriving) throws IOException {
        Instance complete = settle(arriving);
        finishDisk(files.disk(complete.id()), arriving.disk);
        if (!arriving.isPassing) {
            return MemberSink.file(files.memory(complete.id()), durability(Member.SNAPSHOT))
                    .open();
        }
        DomainSpec spec = specs.forResume(complete, complete.hardware().orElseThrow());
        if (arriving.begun.filter(domain -> domain.isFor(spec)).isEmpty()) {
            giveUpBegun(arriving);
            return intoDomain(hypervisor.restoreIncoming(spec, files.memory(complete.id())), arriving.disk);
        }
        return arriving.begun.get().rest(() -> awaitDisk(arriving.disk));
    }

    private void giveUpBegun(Arriving arriving) {
        if (arriving.begun.isPresent()) {
            LOG.info("the domain that was begun for {} is not the one to come", arriving.instance.id());
            arriving.close();
            files.deleteMemory(arriving.instance.id());
        }
    }

    private MemberSink.Target memoryAhead(Arriving arriving) {
        InstanceId id = arriving.instance.id();
        return new BegunDomain.Ahead(
                header -> {
                    BegunDomain domain = beginDomain(arriving, header);
                    arriving.begun = Optional.of(domain);
                    return domain;
                },
                why -> {
                    LOG.info("{} gets no memory before its freeze", id, why);
                    arriving.close();
                    files.deleteMemory(id);
                    files.deleteDisk(id);
                });
    }

    private BegunDomain beginDomain(Arriving arriving, SaveImageHeader header) throws IOException {
        int mib = arriving.content.manifest().hardware().memoryMib();
        if (!aheadMib.tryAcquire(mib)) {
            throw new TresccadException(
                    ErrorKind.CONFLICT, "More than " + SplicedMemory.MOST_GUEST_MIB + " MiB would be on their way.");
        }
        Runnable forgotten = () -> aheadMib.release(mib);
        boolean isBegun = false;
        try {
            BegunDomain domain = beginDomain(arriving, header, forgotten);
            isBegun = true;
            return domain;
        } finally {
            if (!isBegun) {
                forgotten.run();
            }
        }
    }

    private BegunDomain beginDomain(Arriving arriving, SaveImageHeader header, Runnable forgotten) throws IOException {
        SavedHardware hardware = DomainXml.readHardware(header.xml());
        DomainSpecs.requireDevices(Member.SNAPSHOT_AHEAD, hardware);
        arriving.instance = withContent(arriving);
        Instance instance = arriving.instance;
        Path disk = files.disk(instance.id());
        // QEMU opens it anew when it has all of the memory, and then finds what has taken its place.
        overlays.create(base(instance), disk, instance.spec().diskBytes());
        Overlays.Layout layout = overlays.layout(disk);
        DomainSpec spec = specs.forResume(instance.withHardware(hardware), hardware);
        IncomingMemory qemu = hypervisor.restoreIncoming(spec, files.memory(instance.id()));
        return new BegunDomain(spec, new SplicedMemory(qemu), layout, forgotten);
    }

    /** The disk is changed once more before its domain is made, and is forced to the disk after that. */
    private static MemberSink.Durability durability(Member member) {
        return switch (member) {
            case AHEAD, SNAPSHOT_AHEAD, DISK -> MemberSink.Durability.CACHED;
            case LIBVIRT_XML, KERNEL, RAMDISK, SNAPSHOT -> MemberSink.Durability.SYNCED;
        };
    }

    private static MemberSink.Target intoDomain(IncomingMemory memory, CompletableFuture<Void> disk) {
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

    /** With the kernel that arrived; once. */
    private Instance withContent(Arriving arriving) throws IOException {
        Instance instance = arriving.instance;
        Manifest manifest = arriving.content.manifest();
        if (!manifest.members().contains(Member.KERNEL)
                || instance.spec().boot().isPresent()) {
            return instance;
        }
        Path directory = files.directory(instance.id());
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
}
