package org.tresccad.vmpackage;

import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.tresccad.hypervisor.Platform;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;

/**
 * What a package says about itself, first of all: enough to refuse it before anything else is read. Format and limits:
 * {@code docs/package-format.md}. All constructors throw {@link IllegalArgumentException} outside those limits, so a
 * manifest in memory is always one that may be written.
 *
 * @param identity whose memory this is, and which of its freezes
 * @param createdAt when the guest was frozen, by the source's clock; with references, when the package was begun; years
 *     2000 to 9999
 * @param generator product and version that wrote it
 * @param guest what the owner knows it by
 * @param hardware what it needs to run
 * @param baseImage what the overlay stands on; empty when the disk stands alone
 * @param members which members follow; at least one beside those that go ahead, a ramdisk only beside a kernel
 * @param references what parts may be given relative to, none twice; none: every part is whole
 */
public record Manifest(
        Identity identity,
        Instant createdAt,
        String generator,
        Guest guest,
        Hardware hardware,
        Optional<BaseImage> baseImage,
        Set<Member> members,
        List<Reference> references) {
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

    /** Copies and checks. */
    public Manifest {
        members = Set.copyOf(members);
        Checks.line("generator", generator, 1, 255);
        Checks.that(!createdAt.isBefore(EARLIEST) && !createdAt.isAfter(LATEST), "created_at: not a likely time");
        references = List.copyOf(references);
        boolean isAhead = members.contains(Member.AHEAD);
        boolean isMemoryAhead = members.contains(Member.SNAPSHOT_AHEAD);
        Checks.that(members.size() > (isAhead ? 1 : 0) + (isMemoryAhead ? 1 : 0), "members: there are none");
        Checks.that(
                !isMemoryAhead || (isAhead && members.contains(Member.SNAPSHOT)),
                "members: snapshot-ahead is there only with ahead and snapshot");
        Checks.that(
                isAhead == references.contains(new Reference.Ahead()),
                "members: ahead is there if and only if it is referred to");
        Checks.range("delta.references: number", references.size(), 0, Reference.MOST);
        Checks.that(Set.copyOf(references).size() == references.size(), "delta.references: one is there twice");
        Checks.that(
                members.contains(Member.KERNEL) || !members.contains(Member.RAMDISK),
                "members: a ramdisk without a kernel");
    }

    /** Of a package whose parts are all whole. */
    public Manifest(
            Identity identity,
            Instant createdAt,
            String generator,
            Guest guest,
            Hardware hardware,
            Optional<BaseImage> baseImage,
            Set<Member> members) {
        this(identity, createdAt, generator, guest, hardware, baseImage, members, List.of());
    }

    /** The same, decided by another home. */
    public Manifest decidedAt(Home home) {
        return new Manifest(
                new Identity(identity.lineage(), identity.epoch(), identity.nonce(), home),
                createdAt,
                generator,
                guest,
                hardware,
                baseImage,
                members,
                references);
    }

    /**
     * The same with parts relative to {@code to}; with the member {@link Member#AHEAD} if that is among them, and without
     * {@link Member#SNAPSHOT_AHEAD}.
     */
    public Manifest relativeTo(List<Reference> to) {
        Set<Member> with = EnumSet.copyOf(members);
        with.remove(Member.AHEAD);
        with.remove(Member.SNAPSHOT_AHEAD);
        if (to.contains(new Reference.Ahead())) {
            with.add(Member.AHEAD);
        }
        return new Manifest(identity, createdAt, generator, guest, hardware, baseImage, with, to);
    }

    /** The same, with the member {@link Member#SNAPSHOT_AHEAD} too. */
    public Manifest withMemoryAhead() {
        Set<Member> with = EnumSet.copyOf(members);
        with.add(Member.SNAPSHOT_AHEAD);
        return new Manifest(identity, createdAt, generator, guest, hardware, baseImage, with, references);
    }

    /**
     * The handover's facts (design, section 7).
     *
     * @param lineage the id an instance keeps through all moves
     * @param epoch counts the lineage's freezes, from 1 to 2^53 - 1, so that every JSON reader can hold it
     * @param nonce random, made at the freeze; who knows it has seen the package
     * @param home where the register of this epoch is
     */
    public record Identity(UUID lineage, long epoch, UUID nonce, Home home) {
        /** Checks. */
        public Identity {
            Checks.range("identity.epoch", epoch, 1, Checks.MAX_JSON_INTEGER);
        }
    }

    /**
     * The place that decides who may run this epoch.
     *
     * @param kind {@code tresccad} or {@code glance}
     * @param hostId the id of the tresccad host, or of the image service's cloud
     * @param name what the source calls itself; for people
     */
    public record Home(String kind, UUID hostId, String name) {
        /** Checks. */
        public Home {
            Checks.that(kind.equals("tresccad") || kind.equals("glance"), "identity.home.kind: unknown kind " + kind);
            Checks.line("identity.home.name", name, 1, 255);
        }
    }

    /**
     * The owner's view of the instance.
     *
     * @param metadata the server's metadata; at most 128 items, keys and values of at most 255 characters as in Nova
     * @param key the public key it was made with
     * @param userData base64, as it was given; at most 65535 characters as in Nova
     */
    public record Guest(
            String name,
            Flavor flavor,
            Map<String, String> metadata,
            Optional<Key> key,
            Optional<String> userData,
            boolean wasRunning) {
        /** Copies and checks. */
        public Guest {
            metadata = Map.copyOf(metadata);
            Checks.line("guest.name", name, 1, 255);
            Checks.range("guest.metadata: number of items", metadata.size(), 0, 128);
            metadata.forEach((k, v) -> {
                Checks.line("guest.metadata: a key", k, 1, 255);
                Checks.text("guest.metadata: a value", v, 0, 255);
            });
            userData.ifPresent(data -> {
                Checks.range("guest.user_data: length", data.length(), 0, 65535);
                try {
                    // Line breaks are allowed in it, by Nova too; anything else foreign is not.
                    Base64.getDecoder().decode(data.replaceAll("[\r\n]", ""));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("guest.user_data: not base64", e);
                }
            });
        }
    }

    /**
     * A flavor's name and sizes.
     *
     * @param diskGib 0 when the flavor leaves the disk's size to the image
     */
    public record Flavor(String name, int vcpus, int memoryMib, int diskGib) {
        /** Checks. */
        public Flavor {
            Checks.line("guest.flavor.name", name, 1, 255);
            Checks.range("guest.flavor.vcpus", vcpus, 1, Checks.MAX_VCPUS);
            Checks.range("guest.flavor.memory_mib", memoryMib, 1, Checks.MAX_MEMORY_MIB);
            Checks.range("guest.flavor.disk_gib", diskGib, 0, Checks.MAX_DISK_BYTES >> 30);
        }
    }

    /** A key pair's name and public half, in OpenSSH's one-line form. */
    public record Key(String name, String publicKey) {
        /** Checks. */
        public Key {
            Checks.line("guest.key.name", name, 1, 255);
            // Nova keeps keys as they were given, most of them with the line feed at the end.
            Checks.text("guest.key.public_key", publicKey, 1, 16384);
        }
    }

    /**
     * What the guest sees and the target must offer.
     *
     * @param commandLine kernel command line, at most 4096 characters; empty when the firmware boots
     * @param diskBytes guest-visible size of the disk
     * @param nics in the order of the guest's slots, at most 8
     */
    public record Hardware(
            Platform platform,
            int vcpus,
            int memoryMib,
            String firmware,
            Optional<String> commandLine,
            long diskBytes,
            List<Nic> nics,
            String qemuVersion,
            String libvirtVersion) {
        /** Copies and checks. */
        public Hardware {
            nics = List.copyOf(nics);
            Checks.range(
                    "hardware.cpu: number of features",
                    (long) platform.cpu().required().size()
                            + platform.cpu().disabled().size(),
                    0,
                    512);
            Checks.range("hardware.vcpus", vcpus, 1, Checks.MAX_VCPUS);
            Checks.range("hardware.memory_mib", memoryMib, 1, Checks.MAX_MEMORY_MIB);
            Checks.word("hardware.firmware", firmware);
            commandLine.ifPresent(c -> Checks.line("hardware.command_line", c, 0, 4096));
            Checks.range("hardware.disk_bytes", diskBytes, 0, Checks.MAX_DISK_BYTES);
            Checks.range("hardware.nics: number of cards", nics.size(), 0, 8);
            Checks.that(nics.stream().map(Nic::mac).distinct().count() == nics.size(), "hardware.nics: a MAC twice");
            Checks.line("hardware.qemu_version", qemuVersion, 1, 64);
            Checks.line("hardware.libvirt_version", libvirtVersion, 1, 64);
        }
    }

    /** A network card and the address its guest uses. */
    public record Nic(MacAddress mac, Ipv4 address, String model) {
        /** Checks. */
        public Nic {
            Checks.word("hardware.nics.model", model);
        }
    }

    /**
     * The base image.
     *
     * @param digest SHA-512 of the file, Glance's {@code os_hash_value}
     * @param contentDigest SHA-512 of the guest-visible content, the same for raw and qcow2
     */
    public record BaseImage(
            ContentDigest digest,
            Optional<ContentDigest> contentDigest,
            String name,
            DiskFormat format,
            long sizeBytes,
            long virtualSizeBytes) {
        /** Checks. */
        public BaseImage {
            Checks.line("base_image.name", name, 0, 255);
            Checks.range("base_image.size_bytes", sizeBytes, 0, Checks.MAX_DISK_BYTES);
            Checks.range("base_image.virtual_size_bytes", virtualSizeBytes, 0, Checks.MAX_DISK_BYTES);
        }
    }
}
