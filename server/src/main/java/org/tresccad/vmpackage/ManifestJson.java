package org.tresccad.vmpackage;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.Platform;
import org.tresccad.hypervisor.VirtType;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;

/**
 * {@code manifest.json} as it is on the wire, apart from the {@link Manifest} the rest of the daemon knows. A sample is
 * in {@code docs/package-format.md} and in the golden file of the tests.
 *
 * @param tresccadPackage the format's version
 * @param critical names of fields, not defined by the document of this version, without which the package must not be
 *     used
 * @param partSize plain bytes in every part of a member but its last
 * @param members in the order of the entries
 */
record ManifestJson(
        @JsonProperty(required = true) int tresccadPackage,
        @JsonProperty(required = true) List<String> critical,
        @JsonProperty(required = true) int partSize,
        @JsonProperty(required = true) List<String> members,
        @JsonProperty(required = true) String createdAt,
        @JsonProperty(required = true) String generator,
        @JsonProperty(required = true) IdentityJson identity,
        @JsonProperty(required = true) GuestJson guest,
        @JsonProperty(required = true) HardwareJson hardware,
        Optional<BaseImageJson> baseImage,
        Optional<DeltaJson> delta) {

    private static final String ENTRY = PackageLayout.MANIFEST;

    /** The name in {@code critical} of packages with references. */
    private static final String DELTA = "delta";

    private static final String CONTENT = "content";
    private static final String KEPT = "member";
    private static final String AHEAD = "ahead";

    record DeltaJson(@JsonProperty(required = true) List<ReferenceJson> references) {}

    /** Which of the fields there are depends on {@code kind}. */
    record ReferenceJson(
            @JsonProperty(required = true) String kind,
            Optional<String> sha512,
            Optional<String> lineage,
            Optional<Long> epoch,
            Optional<String> member,
            Optional<String> treeSha256,
            Optional<Long> sizeBytes) {}

    record IdentityJson(
            @JsonProperty(required = true) String lineage,
            @JsonProperty(required = true) long epoch,
            @JsonProperty(required = true) String nonce,
            @JsonProperty(required = true) HomeJson home) {}

    record HomeJson(
            @JsonProperty(required = true) String kind,
            @JsonProperty(required = true) String hostId,
            @JsonProperty(required = true) String name) {}

    record GuestJson(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) FlavorJson flavor,
            @JsonProperty(required = true) Map<String, String> metadata,
            Optional<KeyJson> key,
            Optional<String> userData,
            @JsonProperty(required = true) boolean wasRunning) {}

    record FlavorJson(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) int vcpus,
            @JsonProperty(required = true) int memoryMib,
            @JsonProperty(required = true) int diskGib) {}

    record KeyJson(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String publicKey) {}

    record HardwareJson(
            @JsonProperty(required = true) String virtType,
            @JsonProperty(required = true) String architecture,
            @JsonProperty(required = true) String machine,
            @JsonProperty(required = true) CpuJson cpu,
            @JsonProperty(required = true) int vcpus,
            @JsonProperty(required = true) int memoryMib,
            @JsonProperty(required = true) String firmware,
            Optional<String> commandLine,
            @JsonProperty(required = true) long diskBytes,
            @JsonProperty(required = true) List<NicJson> nics,
            @JsonProperty(required = true) String qemuVersion,
            @JsonProperty(required = true) String libvirtVersion) {}

    record CpuJson(
            @JsonProperty(required = true) String model,
            @JsonProperty(required = true) List<String> required,
            @JsonProperty(required = true) List<String> disabled) {}

    record NicJson(
            @JsonProperty(required = true) String mac,
            @JsonProperty(required = true) String address,
            @JsonProperty(required = true) String model) {}

    record BaseImageJson(
            @JsonProperty(required = true) String sha512,
            Optional<String> contentSha512,
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String diskFormat,
            @JsonProperty(required = true) long sizeBytes,
            @JsonProperty(required = true) long virtualSizeBytes) {}

    /** The entry's content. */
    static byte[] write(Manifest manifest, int partSize) {
        byte[] utf8 = StrictJson.write(of(manifest, partSize));
        if (utf8.length > PackageLayout.MAX_MANIFEST_BYTES) {
            throw new IllegalArgumentException("a manifest of " + utf8.length + " bytes");
        }
        return utf8;
    }

    /**
     * What the entry says, its version understood and every field within its limits.
     *
     * @throws PackageInvalid otherwise
     */
    static ManifestJson read(byte[] utf8) {
        JsonNode root = StrictJson.parse(ENTRY, utf8);
        // The version first: in a newer format every other field may mean something else.
        JsonNode version = root.path("tresccad_package");
        if (!version.isIntegralNumber()) {
            throw new PackageInvalid(ENTRY, "has no format version (tresccad_package)");
        }
        if (!version.canConvertToInt() || version.intValue() != PackageLayout.VERSION) {
            throw new PackageInvalid(
                    ENTRY,
                    "is of package format version " + version.asText() + ", this tresccad reads version "
                            + PackageLayout.VERSION);
        }
        ManifestJson json = StrictJson.bind(ENTRY, root, ManifestJson.class);
        List<String> unknown =
                json.critical.stream().filter(c -> !c.equals(DELTA)).toList();
        if (!unknown.isEmpty()) {
            throw new PackageInvalid(
                    ENTRY, "requires features that this tresccad does not have: " + String.join(", ", unknown));
        }
        if (!json.critical.equals(json.delta.isPresent() ? List.of(DELTA) : List.of())) {
            throw new PackageInvalid(ENTRY, "delta: must be there if and only if critical names it, once");
        }
        if (!PackageLayout.isPartSize(json.partSize)) {
            throw new PackageInvalid(
                    ENTRY, "part_size: " + json.partSize + " is not a power of two in 4 KiB to 16 MiB");
        }
        return json;
    }

    private static ManifestJson of(Manifest m, int partSize) {
        return new ManifestJson(
                PackageLayout.VERSION,
                m.references().isEmpty() ? List.of() : List.of(DELTA),
                partSize,
                Arrays.stream(Member.values())
                        .filter(m.members()::contains)
                        .map(Member::fileName)
                        .toList(),
                m.createdAt().toString(),
                m.generator(),
                new IdentityJson(
                        m.identity().lineage().toString(),
                        m.identity().epoch(),
                        m.identity().nonce().toString(),
                        new HomeJson(
                                m.identity().home().kind(),
                                m.identity().home().hostId().toString(),
                                m.identity().home().name())),
                guestOf(m.guest()),
                hardwareOf(m.hardware()),
                m.baseImage()
                        .map(b -> new BaseImageJson(
                                b.digest().sha512(),
                                b.contentDigest().map(ContentDigest::sha512),
                                b.name(),
                                b.format().wireName(),
                                b.sizeBytes(),
                                b.virtualSizeBytes())),
                Optional.of(m.references())
                        .filter(references -> !references.isEmpty())
                        .map(references -> new DeltaJson(references.stream()
                                .map(ManifestJson::referenceOf)
                                .toList())));
    }

    private static ReferenceJson referenceOf(Reference reference) {
        if (reference instanceof Reference.Content c) {
            return new ReferenceJson(
                    CONTENT,
                    Optional.of(c.digest().sha512()),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(c.sizeBytes()));
        }
        if (reference instanceof Reference.Kept k) {
            return new ReferenceJson(
                    KEPT,
                    Optional.empty(),
                    Optional.of(k.lineage().toString()),
                    Optional.of(k.epoch()),
                    Optional.of(k.member().fileName()),
                    Optional.of(k.treeSha256()),
                    Optional.of(k.sizeBytes()));
        }
        return new ReferenceJson(
                AHEAD,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static GuestJson guestOf(Manifest.Guest g) {
        Manifest.Flavor f = g.flavor();
        return new GuestJson(
                g.name(),
                new FlavorJson(f.name(), f.vcpus(), f.memoryMib(), f.diskGib()),
                new TreeMap<>(g.metadata()),
                g.key().map(k -> new KeyJson(k.name(), k.publicKey())),
                g.userData(),
                g.wasRunning());
    }

    private static HardwareJson hardwareOf(Manifest.Hardware h) {
        Platform p = h.platform();
        return new HardwareJson(
                p.virtType().libvirtName(),
                p.architecture(),
                p.machine(),
                new CpuJson(
                        p.cpu().name(),
                        List.copyOf(new TreeSet<>(p.cpu().required())),
                        List.copyOf(new TreeSet<>(p.cpu().disabled()))),
                h.vcpus(),
                h.memoryMib(),
                h.firmware(),
                h.commandLine(),
                h.diskBytes(),
                h.nics().stream()
                        .map(n -> new NicJson(n.mac().toString(), n.address().toString(), n.model()))
                        .toList(),
                h.qemuVersion(),
                h.libvirtVersion());
    }

    /**
     * The manifest in the daemon's own terms.
     *
     * @throws PackageInvalid when a value is outside the format's limits
     */
    Manifest toManifest() {
        try {
            return new Manifest(
                    new Manifest.Identity(
                            uuid("identity.lineage", identity.lineage),
                            identity.epoch,
                            uuid("identity.nonce", identity.nonce),
                            new Manifest.Home(
                                    identity.home.kind,
                                    uuid("identity.home.host_id", identity.home.hostId),
                                    identity.home.name)),
                    Instant.parse(createdAt),
                    generator,
                    toGuest(),
                    toHardware(),
                    baseImage.map(ManifestJson::toBaseImage),
                    toMembers(),
                    toReferences());
        } catch (DateTimeException e) {
            throw new PackageInvalid(ENTRY, "created_at: not an instant in ISO 8601, UTC", e);
        } catch (IllegalArgumentException e) {
            throw new PackageInvalid(ENTRY, String.valueOf(e.getMessage()), e);
        }
    }

    private Manifest.Guest toGuest() {
        FlavorJson f = guest.flavor;
        return new Manifest.Guest(
                guest.name,
                new Manifest.Flavor(f.name, f.vcpus, f.memoryMib, f.diskGib),
                guest.metadata,
                guest.key.map(k -> new Manifest.Key(k.name, k.publicKey)),
                guest.userData,
                guest.wasRunning);
    }

    private Manifest.Hardware toHardware() {
        HardwareJson h = hardware;
        Checks.range("hardware.cpu: number of features", (long) h.cpu.required.size() + h.cpu.disabled.size(), 0, 512);
        return new Manifest.Hardware(
                new Platform(
                        virtType(h.virtType),
                        h.architecture,
                        h.machine,
                        new CpuModel(h.cpu.model, Set.copyOf(h.cpu.required), Set.copyOf(h.cpu.disabled))),
                h.vcpus,
                h.memoryMib,
                h.firmware,
                h.commandLine,
                h.diskBytes,
                h.nics.stream()
                        .map(n -> new Manifest.Nic(new MacAddress(n.mac), Ipv4.parse(n.address), n.model))
                        .toList(),
                h.qemuVersion,
                h.libvirtVersion);
    }

    private static Manifest.BaseImage toBaseImage(BaseImageJson b) {
        return new Manifest.BaseImage(
                new ContentDigest(b.sha512),
                b.contentSha512.map(ContentDigest::new),
                b.name,
                DiskFormat.parse(b.diskFormat)
                        .orElseThrow(() -> new IllegalArgumentException("base_image.disk_format: unknown")),
                b.sizeBytes,
                b.virtualSizeBytes);
    }

    private List<Reference> toReferences() {
        if (delta.isEmpty()) {
            return List.of();
        }
        List<ReferenceJson> references = delta.get().references;
        Checks.range("delta.references: number", references.size(), 1, Reference.MOST);
        return references.stream().map(ManifestJson::toReference).toList();
    }

    private static Reference toReference(ReferenceJson r) {
        return switch (r.kind) {
            case CONTENT ->
                new Reference.Content(new ContentDigest(due("sha512", r.sha512)), due("size_bytes", r.sizeBytes));
            case KEPT ->
                new Reference.Kept(
                        uuid("delta.references.lineage", due("lineage", r.lineage)),
                        due("epoch", r.epoch),
                        Member.parse(due("member", r.member))
                                .orElseThrow(() -> new IllegalArgumentException("delta.references.member: unknown")),
                        due("tree_sha256", r.treeSha256),
                        due("size_bytes", r.sizeBytes));
            case AHEAD -> new Reference.Ahead();
            default -> throw new IllegalArgumentException("delta.references.kind: unknown kind " + r.kind);
        };
    }

    private static <T> T due(String field, Optional<T> value) {
        return value.orElseThrow(() -> new IllegalArgumentException("delta.references." + field + ": is missing"));
    }

    private Set<Member> toMembers() {
        Set<Member> set = EnumSet.noneOf(Member.class);
        for (String name : members) {
            set.add(Member.parse(name)
                    .orElseThrow(() -> new IllegalArgumentException("members: no member is called " + name)));
        }
        Checks.that(
                set.stream().map(Member::fileName).toList().equals(members),
                "members: one is there twice or out of order");
        return set;
    }

    private static VirtType virtType(String word) {
        return Arrays.stream(VirtType.values())
                .filter(t -> t.libvirtName().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("hardware.virt_type: unknown type " + word));
    }

    /** As RFC 9562 writes them; Java's own parser takes shorter forms as well. */
    private static UUID uuid(String field, String text) {
        Checks.that(
                text.toLowerCase(Locale.ROOT).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
                field + ": not a UUID");
        return UUID.fromString(text);
    }
}
