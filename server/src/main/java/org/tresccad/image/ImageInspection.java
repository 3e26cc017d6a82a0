package org.tresccad.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tresccad.process.CommandFailed;

/**
 * Looks at data that has just arrived before anybody may use it. A qcow2 file must stand alone: a backing file, an
 * external data file (CVE-2024-32498) or a descriptor of another format (CVE-2022-47951) would let a guest read files
 * of the host; so would data that is declared raw and then probed (CVE-2015-5163). We read the header ourselves first;
 * {@code qemu-img} sees only what passed.
 */
final class ImageInspection {
    private final QemuImg qemuImg;
    private final long largestVirtualBytes;

    ImageInspection(QemuImg qemuImg, long largestVirtualBytes) {
        this.qemuImg = qemuImg;
        this.largestVirtualBytes = largestVirtualBytes;
    }

    /**
     * What data turned out to be.
     *
     * @param format qcow2 or raw: as what QEMU may open it
     */
    record Finding(DiskFormat format, long virtualSizeBytes) {}

    /**
     * Inspects {@code file}, declared to be {@code declared}.
     *
     * @throws ContentRefused saying why
     */
    Finding inspect(Path file, DiskFormat declared) throws IOException {
        Finding finding =
                switch (declared) {
                    case QCOW2 -> inspectQcow2(file);
                    case RAW, ISO, AKI, ARI, AMI -> inspectRaw(file, declared);
                    case VMDK, VDI, VHD, VHDX, PLOOP -> opaque(file, declared);
                };
        if (finding.virtualSizeBytes() > largestVirtualBytes) {
            throw new ContentRefused(
                    declared, "its virtual size is larger than this host allows (" + largestVirtualBytes + " bytes)");
        }
        return finding;
    }

    private Finding inspectQcow2(Path file) throws IOException {
        if (!Qcow2Header.isAt(file)) {
            return unusable(file);
        }
        Qcow2Header header = Qcow2Header.read(file);
        refuseIf(header.pointsElsewhere(), "it names another file for its data");
        header.requirePlain();
        refuseIf(
                header.virtualSizeBytes() > largestVirtualBytes,
                "its virtual size is larger than this host allows (" + largestVirtualBytes + " bytes)");
        QemuImg.Info info;
        try {
            info = qemuImg.info(file, DiskFormat.QCOW2);
        } catch (CommandFailed e) {
            // The stderr stays in the log's cause: it names paths of this host.
            throw (ContentRefused)
                    new ContentRefused(DiskFormat.QCOW2, "qemu-img cannot make sense of it").initCause(e);
        }
        refuseIf(info.namesOtherFiles(), "it names another file for its data");
        refuseIf(info.isEncrypted(), "it is encrypted");
        refuseIf(info.hasSnapshots(), "it has internal snapshots");
        refuseIf(
                info.virtualSizeBytes() != header.virtualSizeBytes(), "its virtual size is no whole number of sectors");
        return new Finding(DiskFormat.QCOW2, info.virtualSizeBytes());
    }

    /**
     * Data of no known format is kept although it was declared qcow2, as Glance keeps it (its conformance tests upload
     * random bytes as qcow2): it points nowhere. {@link StoredImages#content} gives nobody its file, for it is found to
     * be raw.
     */
    private static Finding unusable(Path file) throws IOException {
        Optional<String> magic = DiskMagic.of(file);
        if (magic.isPresent()) {
            throw new ContentRefused(
                    DiskFormat.QCOW2, "it begins as a " + magic.get() + " file does; declare what it is");
        }
        return new Finding(DiskFormat.RAW, Files.size(file));
    }

    private static Finding inspectRaw(Path file, DiskFormat declared) throws IOException {
        Optional<String> magic = DiskMagic.of(file);
        if (magic.isPresent()) {
            throw new ContentRefused(declared, "it begins as a " + magic.get() + " file does; declare what it is");
        }
        return new Finding(DiskFormat.RAW, Files.size(file));
    }

    /** Kept as bytes for other clouds; no QEMU of this host opens it, and as raw it would hand out only itself. */
    private static Finding opaque(Path file, DiskFormat declared) throws IOException {
        if (DiskMagic.of(file).filter("qcow"::equals).isPresent()) {
            throw new ContentRefused(declared, "it begins as a qcow file does; declare what it is");
        }
        return new Finding(DiskFormat.RAW, Files.size(file));
    }

    private static void refuseIf(boolean condition, String reason) {
        if (condition) {
            throw new ContentRefused(DiskFormat.QCOW2, reason);
        }
    }
}
