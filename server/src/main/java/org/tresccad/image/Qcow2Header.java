package org.tresccad.image;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The header of a qcow2 file, read by ourselves so that no foreign program sees a file that could point elsewhere.
 *
 * @param version 2 or 3
 * @param clusterBits the size of a cluster is 2 to the power of it
 * @param backingFile the name of the backing file, a character a byte; never to be opened
 * @param backingFormat the format of the backing file, if the header says
 * @param virtualSizeBytes the guest-visible size
 * @param cryptMethod 0 when not encrypted
 * @param snapshots internal snapshots
 * @param incompatibleFeatures bits a reader must know (version 3)
 * @param namesDataFile whether a header extension names an external data file
 * @see <a href="https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt">QEMU: qcow2.txt</a>
 */
record Qcow2Header(
        int version,
        int clusterBits,
        Optional<String> backingFile,
        Optional<String> backingFormat,
        long virtualSizeBytes,
        int cryptMethod,
        int snapshots,
        long incompatibleFeatures,
        boolean namesDataFile) {
    /** {@code QFI\xfb}. */
    static final int MAGIC = 0x514649fb;

    private static final long BIT_CORRUPT = 1L << 1;
    private static final long BIT_DATA_FILE = 1L << 2;
    private static final long BIT_EXTENDED_L2 = 1L << 4;
    /** Dirty, corrupt, data file, compression type, extended L2: what QEMU 5.2 and later know. */
    private static final long KNOWN_BITS = 0b11111;

    private static final int V2_LENGTH = 72;
    private static final int V3_LENGTH = 104;
    /** A header and its extensions lie in the first cluster, which is at most 2 MiB. */
    private static final int LARGEST_CLUSTER_BITS = 21;
    /** More than a header, its extensions and the name of a backing file have. */
    static final int MOST_BYTES = 1 << LARGEST_CLUSTER_BITS;

    private static final int LONGEST_NAME = 1023;

    private static final int EXTENSION_END = 0;
    private static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    private static final int EXTENSION_DATA_FILE = 0x44415441;

    /** Whether {@code file} begins as a qcow2 file does. */
    static boolean isAt(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(4), new byte[] {'Q', 'F', 'I', (byte) 0xfb});
        }
    }

    /**
     * Reads the header of {@code file}.
     *
     * @throws ContentRefused when it is no qcow2 of version 2 or 3, or its header makes no sense
     */
    static Qcow2Header read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in.readNBytes(MOST_BYTES));
        }
    }

    /**
     * As {@link #read(Path)}, of a file that begins with {@code start}.
     *
     * @param start {@link #MOST_BYTES}, or the whole file
     */
    static Qcow2Header read(byte[] start) {
        try {
            return read(new DataInputStream(new ByteArrayInputStream(start)), start);
        } catch (EOFException e) {
            throw new ContentRefused(DiskFormat.QCOW2, "its header is cut short");
        } catch (IOException e) {
            throw new IllegalStateException("reading an array failed", e);
        }
    }

    /**
     * Refuses what no disk from elsewhere may have, whether it stands on a base image or alone.
     *
     * @throws ContentRefused saying why
     */
    void requirePlain() {
        refuseIf(hasDataFile(), "it names another file for its data");
        refuseIf(cryptMethod != 0, "it is encrypted");
        refuseIf(snapshots != 0, "it has internal snapshots");
        refuseIf(isMarkedCorrupt(), "it is marked as damaged");
        refuseIf(usesUnknownFeatures(), "it uses features that are not known here");
    }

    private static void refuseIf(boolean condition, String reason) {
        if (condition) {
            throw new ContentRefused(DiskFormat.QCOW2, reason);
        }
    }

    /** Whether it is laid out as {@code other} is. */
    boolean isLaidOutAs(Qcow2Header other) {
        return version == other.version
                && clusterBits == other.clusterBits
                && (incompatibleFeatures & BIT_EXTENDED_L2) == (other.incompatibleFeatures & BIT_EXTENDED_L2);
    }

    /** Whether the file says that some of its data lies in another file. */
    boolean pointsElsewhere() {
        return backingFile.isPresent() || hasDataFile();
    }

    /** Whether its guest-visible data lies in another file (CVE-2024-32498). */
    boolean hasDataFile() {
        return namesDataFile || (incompatibleFeatures & BIT_DATA_FILE) != 0;
    }

    /** Whether QEMU itself marked the file as damaged. */
    boolean isMarkedCorrupt() {
        return (incompatibleFeatures & BIT_CORRUPT) != 0;
    }

    /** Whether the file uses features nobody has told us of. */
    boolean usesUnknownFeatures() {
        return (incompatibleFeatures & ~KNOWN_BITS) != 0;
    }

    private static Qcow2Header read(DataInputStream in, byte[] start) throws IOException {
        if (in.readInt() != MAGIC) {
            throw new ContentRefused(DiskFormat.QCOW2, "it does not begin as a qcow2 file does");
        }
        int version = in.readInt();
        if (version != 2 && version != 3) {
            throw new ContentRefused(DiskFormat.QCOW2, "its version is neither 2 nor 3");
        }
        long backingOffset = in.readLong();
        int backingLength = in.readInt();
        int clusterBits = in.readInt();
        if (clusterBits < 9 || clusterBits > LARGEST_CLUSTER_BITS) {
            throw new ContentRefused(DiskFormat.QCOW2, "its cluster size is out of range");
        }
        long size = in.readLong();
        if (size < 0) {
            throw new ContentRefused(DiskFormat.QCOW2, "its virtual size is out of range");
        }
        int crypt = in.readInt();
        in.skipNBytes(4 + 8 + 8 + 4);
        int snapshots = in.readInt();
        in.readLong();
        long incompatible = 0;
        int length = V2_LENGTH;
        if (version == 3) {
            incompatible = in.readLong();
            in.skipNBytes(8 + 8 + 4);
            length = in.readInt();
            if (length < V3_LENGTH || length % 8 != 0 || length > 1 << clusterBits) {
                throw new ContentRefused(DiskFormat.QCOW2, "its header length is out of range");
            }
            in.skipNBytes(length - V3_LENGTH);
        }
        boolean dataFile = false;
        Optional<String> backingFormat = Optional.empty();
        int position = length;
        while (position + 8 <= 1 << clusterBits) {
            int type = in.readInt();
            int bytes = in.readInt();
            if (type == EXTENSION_END) {
                break;
            }
            if (bytes < 0 || bytes > (1 << clusterBits) - position - 8) {
                throw new ContentRefused(DiskFormat.QCOW2, "a header extension reaches past the header");
            }
            dataFile |= type == EXTENSION_DATA_FILE;
            int padded = (bytes + 7) & ~7;
            if (type == EXTENSION_BACKING_FORMAT) {
                byte[] content = new byte[padded];
                in.readFully(content);
                backingFormat = Optional.of(new String(content, 0, bytes, StandardCharsets.ISO_8859_1));
            } else {
                in.skipNBytes(padded);
            }
            position += 8 + padded;
        }
        Optional<String> backing = backingOffset == 0
                ? Optional.empty()
                : Optional.of(backingFile(start, backingOffset, backingLength, 1 << clusterBits));
        return new Qcow2Header(
                version, clusterBits, backing, backingFormat, size, crypt, snapshots, incompatible, dataFile);
    }

    /** As QEMU does, refuses a name that is too long or reaches out of the first cluster. */
    private static String backingFile(byte[] start, long offset, int length, int clusterBytes) throws EOFException {
        refuseIf(
                offset < 0 || length < 1 || length > LONGEST_NAME || offset > clusterBytes - length,
                "the name of its backing file is out of range");
        if (offset + length > start.length) {
            throw new EOFException();
        }
        return new String(start, (int) offset, length, StandardCharsets.ISO_8859_1);
    }
}
