package org.tresccad.vmpackage;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.tresccad.state.DurableFiles;

/**
 * A {@link BlockIndex} on disk, for this host alone, big-endian: 16 bytes magic with the version at their end; u64 seed;
 * u32 number of blocks; for each block two u64 of hash, u64 reference (8 bits) and offset (56 bits); u32 CRC-32C of all
 * that. An index can always be made anew, so a file that cannot be read is to be deleted and not to be repaired.
 */
public final class BlockIndexFile {
    private static final byte[] MAGIC = "tresccad.blocks1".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER_BYTES = 28;
    private static final int ENTRY_BYTES = 24;

    private BlockIndexFile() {}

    /**
     * Creates or replaces {@code file}; readers see the old content or the new.
     *
     * @throws UncheckedIOException when the disk fails
     */
    public static void write(BlockIndex index, Path file) {
        DurableFiles.write(file, out -> write(index, out));
    }

    private static void write(BlockIndex index, OutputStream to) throws IOException {
        CheckedOutputStream summed = new CheckedOutputStream(to, new CRC32C());
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(summed, 1 << 16));
        out.write(MAGIC);
        out.writeLong(index.seed());
        out.writeInt(index.blocks());
        try {
            index.forEach((high, low, location) -> {
                try {
                    out.writeLong(high);
                    out.writeLong(low);
                    out.writeLong(location);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw new IOException(e.getCause());
        }
        out.flush();
        out.writeInt((int) summed.getChecksum().getValue());
        out.flush();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param mostBlocks how many blocks the index may take, those from the file included
     * @throws IOException when the file cannot be read, or is damaged, foreign, or too large
     */
    public static BlockIndex read(Path file, int mostBlocks) throws IOException {
        CRC32C sum = new CRC32C();
        try (DataInputStream raw = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            DataInputStream in = new DataInputStream(new CheckedInputStream(raw, sum));
            check(Arrays.equals(in.readNBytes(MAGIC.length), MAGIC), file, "is none, or of another version");
            long seed = in.readLong();
            int blocks = in.readInt();
            // Before anything is allocated for them.
            long expected = HEADER_BYTES + (long) ENTRY_BYTES * blocks + Integer.BYTES;
            check(blocks >= 0 && Files.size(file) == expected, file, "is not of the size it says");
            check(blocks <= mostBlocks, file, "has more than " + mostBlocks + " blocks");
            BlockIndex index = new BlockIndex(seed, mostBlocks);
            for (int i = 0; i < blocks; i++) {
                long high = in.readLong();
                long low = in.readLong();
                long location = in.readLong();
                int reference = BlockIndex.reference(location);
                check(reference >= 0 && reference < Reference.MOST, file, "has a wrong entry");
                index.put(high, low, location);
            }
            int wanted = (int) sum.getValue();
            check(raw.readInt() == wanted && index.blocks() == blocks, file, "is damaged");
            return index;
        }
    }

    private static void check(boolean holds, Path file, String otherwise) throws IOException {
        if (!holds) {
            throw new IOException("the block index " + file + " " + otherwise);
        }
    }
}
