package org.tresccad.instance;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.handover.Register;
import org.tresccad.hypervisor.DomainXml;
import org.tresccad.hypervisor.SaveImageHeader;
import org.tresccad.hypervisor.SavedDomain;
import org.tresccad.identity.Caller;
import org.tresccad.image.ForeignDisk;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.image.StoredContent;
import org.tresccad.network.Ipv4;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.LegacyArchive;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.PackageInvalid;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.VmPackage;

/**
 * Gives packages of 2014 what they lack: a manifest, from what save image and disk say; a base image, among those the
 * caller sees; and a lineage, whose first epoch has its home here. The lineage is made from the file's digest, so that
 * the same file is the same instance here, however often and by whomever it is restored.
 */
public final class LegacyPackages {
    /** Property of such a package's image: the id of the image that its disk stands on. */
    static final String BASE_PROPERTY = "tresccad_base_image";

    private static final long FIRST_EPOCH = 1;
    private static final String UNKNOWN = "unknown";
    /** Of a guest whose address the package does not tell; free nowhere, so the guest gets another and is told. */
    private static final Ipv4 NO_ADDRESS = new Ipv4(0);

    private final Database database;
    private final Register register;
    private final Images images;
    private final Capacity capacity;
    private final PackageLimits limits;
    private final UUID hostId;
    private final String hostName;

    /** Wires it; {@code hostId} and {@code hostName} are this host's. */
    public LegacyPackages(
            Database database,
            Register register,
            Images images,
            Capacity capacity,
            PackageLimits limits,
            UUID hostId,
            String hostName) {
        this.database = database;
        this.register = register;
        this.images = images;
        this.capacity = capacity;
        this.limits = limits;
        this.hostId = hostId;
        this.hostName = hostName;
    }

    /**
     * An archive and what it amounts to.
     *
     * @param archive to be closed when the package has been used
     */
    record Opened(VmPackage content, Closeable archive) {}

    /**
     * Reads all that can be read before anything is unpacked.
     *
     * @throws PackageInvalid when it is no package of 2014, or one that cannot be restored
     * @throws TresccadException INVALID_CONTENT likewise; CONFLICT when its data is not complete, or its base image is
     *     not known; NO_SPACE when its members would not fit
     * @throws IOException when the image's file cannot be read
     */
    Opened open(Caller caller, Image image) throws IOException {
        StoredContent data = images.content(caller, image.id());
        LegacyArchive archive = LegacyArchive.open(data.path());
        try {
            Manifest manifest = describe(caller, image, data, archive);
            VmPackage content = archive.as(manifest, limits);
            requireRoom(archive, manifest);
            return new Opened(content, archive);
        } catch (IOException | RuntimeException e) {
            archive.close();
            throw e;
        }
    }

    /** Opens the epoch, unless an earlier try has, in the transaction that reserves what the guest needs. */
    void openEpoch(Handle transaction, Caller caller, Manifest manifest) {
        Epoch epoch = epochOf(manifest.identity().lineage());
        if (register.find(transaction, epoch).isEmpty()) {
            register.open(transaction, epoch, manifest.identity().nonce(), caller.projectId());
        }
    }

    private Manifest describe(Caller caller, Image image, StoredContent data, LegacyArchive archive)
            throws IOException {
        SaveImageHeader saved = archive.saved();
        SavedDomain domain = SavedDomain.read(saved.xml());
        DomainSpecs.requireDevices(Member.SNAPSHOT, DomainXml.readHardware(saved.xml()));
        checkBoot(domain, archive.members());
        ForeignDisk disk = archive.disk();
        Optional<Manifest.BaseImage> base = baseOf(caller, image, disk);
        UUID lineage = UUID.nameUUIDFromBytes(("package of 2014 " + data.digest()).getBytes(StandardCharsets.US_ASCII));
        UUID nonce = database.read(handle -> register.find(handle, epochOf(lineage)))
                .map(Register.Entry::nonce)
                .orElseGet(UUID::randomUUID);
        try {
            return new Manifest(
                    new Manifest.Identity(lineage, FIRST_EPOCH, nonce, new Manifest.Home("tresccad", hostId, hostName)),
                    image.createdAt(),
                    "the prototype of 2014",
                    new Manifest.Guest(
                            domain.name(),
                            new Manifest.Flavor("legacy", domain.vcpus(), domain.memoryMib(), 0),
                            Map.of(),
                            Optional.empty(),
                            Optional.empty(),
                            saved.wasRunning()),
                    new Manifest.Hardware(
                            domain.platform(),
                            domain.vcpus(),
                            domain.memoryMib(),
                            "bios",
                            domain.hasKernel() ? domain.commandLine() : Optional.empty(),
                            disk.virtualSizeBytes(),
                            nics(domain),
                            UNKNOWN,
                            UNKNOWN),
                    base,
                    archive.members());
        } catch (IllegalArgumentException e) {
            throw new PackageInvalid(
                    Member.SNAPSHOT.fileName(), "it describes no guest that can be here: " + e.getMessage(), e);
        }
    }

    private static List<Manifest.Nic> nics(SavedDomain domain) {
        return domain.nics().stream()
                .map(nic -> new Manifest.Nic(nic.mac(), nic.address().orElse(NO_ADDRESS), "virtio"))
                .toList();
    }

    private static void checkBoot(SavedDomain domain, Set<Member> members) {
        if (domain.hasKernel() != members.contains(Member.KERNEL)
                || domain.hasRamdisk() != members.contains(Member.RAMDISK)) {
            throw new PackageInvalid(
                    Member.SNAPSHOT.fileName(), "its guest has another kernel or ramdisk than are in the package");
        }
    }

    private void requireRoom(LegacyArchive archive, Manifest manifest) {
        long bytes = archive.members().stream().mapToLong(archive::sizeBytes).sum();
        capacity.shortage(manifest.hardware().memoryMib(), bytes).ifPresent(shortage -> {
            throw shortage;
        });
    }

    /** The disk's own word for its base is compared with what the caller may see, and never opened. */
    private Optional<Manifest.BaseImage> baseOf(Caller caller, Image image, ForeignDisk disk) {
        if (disk.backingFile().isEmpty()) {
            return Optional.empty();
        }
        String named = disk.backingFile().get();
        if (named.indexOf(':') >= 0) {
            throw new PackageInvalid(Member.DISK.fileName(), "it stands on something that is no file");
        }
        Image base = Optional.ofNullable(image.properties().get(BASE_PROPERTY))
                .map(id -> images.get(
                        caller,
                        ImageId.parse(id)
                                .orElseThrow(() -> new TresccadException(
                                        ErrorKind.CONFLICT,
                                        "Property " + BASE_PROPERTY + " of image " + image.id()
                                                + " is not the id of an image."))))
                .orElseGet(() -> meant(caller, image, named.substring(named.lastIndexOf('/') + 1)));
        StoredContent content = images.content(caller, base.id());
        return Optional.of(new Manifest.BaseImage(
                content.digest(),
                Optional.empty(),
                base.name(),
                content.format(),
                content.sizeBytes(),
                content.virtualSizeBytes()));
    }

    /** By names alone that mean one content: a digest, an image's id, or SHA-1 of it as in Nova's cache of images. */
    private Image meant(Caller caller, Image image, String fileName) {
        return images.list(caller).stream()
                .filter(known -> known.content()
                                .digest()
                                .filter(digest -> digest.sha512().equals(fileName))
                                .isPresent()
                        || known.id().toString().equals(fileName)
                        || sha1(known.id().toString()).equals(fileName))
                .findFirst()
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.CONFLICT,
                        "The disk in the package stands on a base image that it does not name by an id or digest of an"
                                + " image here. Upload the base image, set property " + BASE_PROPERTY + " of image "
                                + image.id() + " to its id, then restore again."));
    }

    /** Nova's {@code _base/} names files so ({@code nova/virt/libvirt/imagecache.py}, get_cache_fname). */
    private static String sha1(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    private static Epoch epochOf(UUID lineage) {
        return new Epoch(new Lineage(lineage), FIRST_EPOCH);
    }
}
