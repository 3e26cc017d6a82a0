package org.tresccad.vmpackage;

/**
 * How much a member may hold, unpacked, before a reader gives up. Memory and disk are measured against what the
 * manifest says, which the caller has checked against its host; the rest against fixed sizes.
 *
 * @param domainXmlBytes for {@code libvirt.xml}
 * @param kernelBytes for {@code kernel}
 * @param ramdiskBytes for {@code ramdisk}
 * @param deviceStateBytes for what {@code snapshot} holds beside the guest's memory: video memory, firmware, devices
 * @param diskMetadataBytes for what {@code disk} holds beside the guest's data, on top of 1/1024 of its size
 */
public record PackageLimits(
        long domainXmlBytes, long kernelBytes, long ramdiskBytes, long deviceStateBytes, long diskMetadataBytes) {
    /** Ample for every guest that tresccad makes. */
    public static final PackageLimits STANDARD =
            new PackageLimits(1L << 20, 256L << 20, 1L << 30, 512L << 20, 64L << 20);

    /** Checks. */
    public PackageLimits {
        Checks.range("domainXmlBytes", domainXmlBytes, 0, Checks.MAX_DISK_BYTES);
        Checks.range("kernelBytes", kernelBytes, 0, Checks.MAX_DISK_BYTES);
        Checks.range("ramdiskBytes", ramdiskBytes, 0, Checks.MAX_DISK_BYTES);
        Checks.range("deviceStateBytes", deviceStateBytes, 0, Checks.MAX_DISK_BYTES);
        Checks.range("diskMetadataBytes", diskMetadataBytes, 0, Checks.MAX_DISK_BYTES);
    }

    /** The most bytes that {@code member} may have in a package with that manifest; what to keep free for it. */
    public long bytesFor(Member member, Manifest manifest) {
        return switch (member) {
            case AHEAD -> 2 * (bytesFor(Member.SNAPSHOT, manifest) + bytesFor(Member.DISK, manifest));
            case LIBVIRT_XML -> domainXmlBytes;
            case KERNEL -> kernelBytes;
            case RAMDISK -> ramdiskBytes;
            case SNAPSHOT, SNAPSHOT_AHEAD -> {
                long memory = (long) manifest.hardware().memoryMib() << 20;
                // QEMU puts 8 bytes, sometimes a block's name too, before each page of 4096.
                yield memory + memory / 128 + deviceStateBytes;
            }
            case DISK -> {
                long disk = manifest.hardware().diskBytes();
                yield disk + disk / 1024 + diskMetadataBytes;
            }
        };
    }
}
