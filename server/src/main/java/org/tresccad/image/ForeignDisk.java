package org.tresccad.image;

import java.util.Optional;

/**
 * What a qcow2 disk from elsewhere says of itself, before there is a file of it here.
 *
 * @param virtualSizeBytes the guest-visible size
 * @param backingFile what it calls the file it stands on, a character a byte, at most 1023: to be compared, never to be
 *     opened; empty when the disk stands alone
 */
public record ForeignDisk(long virtualSizeBytes, Optional<String> backingFile) {
    /** How many bytes of a disk {@link #read} must be given, if it has so many. */
    public static final int HEADER_BYTES = Qcow2Header.MOST_BYTES;

    /**
     * What a disk says that begins with {@code start}.
     *
     * @throws org.tresccad.error.TresccadException INVALID_CONTENT when it is no qcow2 file, or has a data file,
     *     snapshots, encryption or anything that is not known here
     */
    public static ForeignDisk read(byte[] start) {
        Qcow2Header header = Qcow2Header.read(start);
        header.requirePlain();
        return new ForeignDisk(header.virtualSizeBytes(), header.backingFile());
    }
}
