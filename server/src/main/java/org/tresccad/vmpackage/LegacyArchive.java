package org.tresccad.vmpackage;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.UnixStat;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.tresccad.hypervisor.SaveImageHeader;
import org.tresccad.image.ForeignDisk;

/**
 * A package of the 2014 prototype: a zip file of {@code disk}, {@code kernel}, {@code ramdisk}, {@code snapshot} and
 * {@code libvirt.xml}, in any order and with nothing beside. It has no manifest; who opens it looks at the save image and
 * at the disk, and says what they amount to. Reads a complete file, believing nothing. For one thread.
 */
public final class LegacyArchive implements Closeable {
    private static final byte[] MAGIC = {'P', 'K', 3, 4};
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final Set<Member> KNOWN =
            Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(Member.AHEAD, Member.SNAPSHOT_AHEAD)));
    private static final Set<Member> REQUIRED =
            Collections.unmodifiableSet(EnumSet.of(Member.LIBVIRT_XML, Member.SNAPSHOT, Member.DISK));

    private final ZipFile zip;
    private final Map<Member, ZipArchiveEntry> entries;

    private LegacyArchive(ZipFile zip, Map<Member, ZipArchiveEntry> entries) {
        this.zip = zip;
        this.entries = entries;
    }

    /** How many bytes {@link #isAt} needs to see. */
    public static int magicBytes() {
        return MAGIC.length;
    }

    /** Whether a file that begins with {@code start} may be one. */
    public static boolean isAt(byte[] start) {
        return Arrays.equals(start, MAGIC);
    }

    /**
     * Opens {@code file} and checks its directory; no member is unpacked.
     *
     * @throws PackageInvalid when it is no whole zip file, or has other entries than a package's, one of them twice, a
     *     link, an encrypted one, or some that lie in each other
     * @throws IOException when the file cannot be read
     */
    public static LegacyArchive open(Path file) throws IOException {
        SeekableByteChannel channel = Files.newByteChannel(file);
        try {
            ZipEnd end = ZipEnd.read(channel);
            require(end.entries() <= KNOWN.size(), "the zip file", "it has " + end.entries() + " entries");
            ZipFile zip = directory(channel);
            return new LegacyArchive(zip, entries(zip, end));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Which members it has: at least the domain's XML, the save image and the disk, and no ramdisk without a kernel. */
    public Set<Member> members() {
        return entries.keySet();
    }

    /** How large a member claims to be, unpacked; more than that is never given out. */
    public long sizeBytes(Member member) {
        return entry(member).getSize();
    }

    /**
     * The header of the save image.
     *
     * @throws org.tresccad.error.TresccadException INVALID_CONTENT when it is none
     */
    public SaveImageHeader saved() throws IOException {
        try (InputStream in = content(Member.SNAPSHOT)) {
            return SaveImageHeader.read(in);
        } catch (IOException e) {
            throw damaged(Member.SNAPSHOT, e);
        }
    }

    /**
     * What the disk says of itself.
     *
     * @throws org.tresccad.error.TresccadException INVALID_CONTENT when it is none that could be used
     */
    public ForeignDisk disk() throws IOException {
        byte[] start;
        try (InputStream in = content(Member.DISK)) {
            start = in.readNBytes(ForeignDisk.HEADER_BYTES);
        } catch (IOException e) {
            throw damaged(Member.DISK, e);
        }
        return ForeignDisk.read(start);
    }

    /**
     * This archive as a package that says {@code manifest} of itself; it stays the caller's to close.
     *
     * @throws PackageInvalid when it has other members than that, or one of them claims to be larger than it may be
     */
    public VmPackage as(Manifest manifest, PackageLimits limits) throws IOException {
        require(
                manifest.members().equals(members()),
                "the zip file",
                "it has the entries " + members() + " and needs " + manifest.members());
        for (Member member : members()) {
            long most = limits.bytesFor(member, manifest);
            require(
                    sizeBytes(member) <= most,
                    member.fileName(),
                    sizeBytes(member) + " bytes are more than the " + most + " it may have");
        }
        return new LegacyPackage(this, manifest, disk().backingFile());
    }

    /**
     * A member's content from its beginning. Reading it to its end fails unless it has the size and the checksum that
     * the directory says.
     */
    InputStream content(Member member) throws IOException {
        ZipArchiveEntry entry = entry(member);
        return new Verified(zip.getInputStream(entry), entry);
    }

    /** The domain's XML: that of the save image, which QEMU's state was written with; the entry has what Nova once wished. */
    InputStream domainXml() throws IOException {
        return new ByteArrayInputStream(saved().xml().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }

    static PackageInvalid damaged(Member member, Exception why) {
        return new PackageInvalid(member.fileName(), "it is damaged", why);
    }

    private ZipArchiveEntry entry(Member member) {
        ZipArchiveEntry entry = entries.get(member);
        if (entry == null) {
            throw new IllegalArgumentException("there is no " + member);
        }
        return entry;
    }

    /** Reads the directory, which {@link ZipEnd} found to be short. */
    private static ZipFile directory(SeekableByteChannel channel) throws IOException {
        try {
            return ZipFile.builder()
                    .setSeekableByteChannel(channel)
                    .setUseUnicodeExtraFields(false)
                    .get();
        } catch (IOException | RuntimeException e) {
            // A library that reads what anybody made up: whatever it stumbles over is in the file.
            throw new PackageInvalid("the zip file", "its directory is damaged", e);
        }
    }

    private static Map<Member, ZipArchiveEntry> entries(ZipFile zip, ZipEnd end) {
        List<ZipArchiveEntry> all = Collections.list(zip.getEntriesInPhysicalOrder());
        require(all.size() == end.entries(), "the zip file", "it has another number of entries than it says");
        Map<Member, ZipArchiveEntry> found = new EnumMap<>(Member.class);
        long free = 0;
        for (ZipArchiveEntry entry : all) {
            Member member = Member.parse(entry.getName())
                    .filter(KNOWN::contains)
                    .orElseThrow(
                            () -> new PackageInvalid(entry.getName(), "no entry of a package of 2014 has such a name"));
            require(found.put(member, entry) == null, entry.getName(), "is there twice");
            checkKind(entry);
            long data = entry.getDataOffset();
            require(data - LOCAL_HEADER_BYTES >= free, entry.getName(), "lies in another entry");
            free = data + entry.getCompressedSize();
            require(
                    entry.getCompressedSize() >= 0 && free >= data && free <= end.directoryOffset(),
                    entry.getName(),
                    "reaches out of the file");
        }
        require(found.keySet().containsAll(REQUIRED), "the zip file", "it lacks one of " + REQUIRED);
        require(
                found.containsKey(Member.KERNEL) || !found.containsKey(Member.RAMDISK),
                Member.RAMDISK.fileName(),
                "is there without a kernel");
        return found;
    }

    private static void checkKind(ZipArchiveEntry entry) {
        int type = entry.getUnixMode() & UnixStat.FILE_TYPE_FLAG;
        require(type == 0 || type == UnixStat.FILE_FLAG, entry.getName(), "is no regular file");
        require(!entry.getGeneralPurposeBit().usesEncryption(), entry.getName(), "is encrypted");
        require(
                entry.getMethod() == ZipEntry.STORED || entry.getMethod() == ZipEntry.DEFLATED,
                entry.getName(),
                "is compressed in a way that is not known here");
        require(entry.getSize() >= 0 && entry.getCrc() >= 0, entry.getName(), "does not say what it holds");
        require(
                entry.getMethod() != ZipEntry.STORED || entry.getSize() == entry.getCompressedSize(),
                entry.getName(),
                "has two sizes");
    }

    private static void require(boolean holds, String entry, String otherwise) {
        if (!holds) {
            throw new PackageInvalid(entry, otherwise);
        }
    }

    /** Gives out no more than the entry claims to have, and its end only when that was true. */
    private static final class Verified extends CheckedInputStream {
        private final ZipArchiveEntry entry;
        private long left;

        Verified(InputStream in, ZipArchiveEntry entry) {
            super(in, new CRC32());
            this.entry = entry;
            this.left = entry.getSize();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (left == 0) {
                expectEnd();
                return -1;
            }
            int count = super.read(buffer, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("shorter than its entry says");
            }
            left -= count;
            return count;
        }

        private void expectEnd() throws IOException {
            if (in.read() >= 0) {
                throw new IOException("longer than its entry says");
            }
            if (getChecksum().getValue() != entry.getCrc()) {
                throw new IOException("wrong checksum");
            }
        }
    }
}
