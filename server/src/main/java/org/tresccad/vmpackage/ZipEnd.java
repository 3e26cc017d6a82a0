package org.tresccad.vmpackage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;

/**
 * The end of a zip file, looked at before a library reads the directory that it points to: a directory may claim, and
 * have, millions of entries, and all of them would be in memory before the first could be refused.
 *
 * @param entries how many the directory has
 * @param directoryOffset where it begins
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">PKWARE: APPNOTE, 4.3.12 to 4.3.16</a>
 */
record ZipEnd(long entries, long directoryOffset) {
    private static final int RECORD_BYTES = 22;
    private static final int RECORD = 0x06054b50;
    private static final int LOCATOR_BYTES = 20;
    private static final int LOCATOR = 0x07064b50;
    private static final int RECORD_64_BYTES = 56;
    private static final int RECORD_64 = 0x06064b50;
    /** Five entries with short names need less than one. */
    private static final long MOST_DIRECTORY_BYTES = 64 * 1024;

    /**
     * Reads and checks it.
     *
     * @throws PackageInvalid when the file does not end as a zip file does without comment, or the directory is not
     *     right before that end and short
     * @throws IOException when the file cannot be read
     */
    static ZipEnd read(SeekableByteChannel file) throws IOException {
        long end = file.size() - RECORD_BYTES;
        ByteBuffer record = bytes(file, end, RECORD_BYTES);
        boolean isEnd = record.getInt(0) == RECORD && record.getShort(20) == 0;
        require(isEnd, "it is cut short, or something follows it");
        require(record.getShort(4) == 0 && record.getShort(6) == 0, "it is one of several volumes");
        long entries = Short.toUnsignedInt(record.getShort(10));
        long directoryBytes = Integer.toUnsignedLong(record.getInt(12));
        long offset = Integer.toUnsignedLong(record.getInt(16));
        long directoryEnd = end;
        if (end >= LOCATOR_BYTES + RECORD_64_BYTES) {
            ByteBuffer locator = bytes(file, end - LOCATOR_BYTES, LOCATOR_BYTES);
            if (locator.getInt(0) == LOCATOR) {
                directoryEnd = end - LOCATOR_BYTES - RECORD_64_BYTES;
                ByteBuffer large = bytes(file, directoryEnd, RECORD_64_BYTES);
                require(
                        large.getInt(0) == RECORD_64 && locator.getLong(8) == directoryEnd,
                        "its end is not where it says");
                entries = large.getLong(32);
                directoryBytes = large.getLong(40);
                offset = large.getLong(48);
            }
        }
        require(
                offset >= 0
                        && directoryBytes >= 0
                        && directoryBytes <= MOST_DIRECTORY_BYTES
                        && offset == directoryEnd - directoryBytes,
                "its directory is not where it says, or too long");
        return new ZipEnd(entries, offset);
    }

    private static ByteBuffer bytes(SeekableByteChannel file, long position, int count) throws IOException {
        require(position >= 0, "it is too short");
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        file.position(position);
        while (buffer.hasRemaining() && file.read(buffer) >= 0) {
            // Until all of it is there.
        }
        require(!buffer.hasRemaining(), "it is too short");
        return buffer;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new PackageInvalid("the zip file", otherwise);
        }
    }
}
