package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/** A file that is written front to back, with holes where the content is zero. */
final class SparseFile implements MemberSink.Target {
    /** qcow2's usual cluster; finer holes cost more extents than they save. */
    private static final int GRAIN = 1 << 16;

    /** Java copies what it writes once more, to a buffer of this size: it should stay in the core's cache. */
    private static final int PIECE_BYTES = 1 << 17;

    private static final byte[] ZERO = new byte[GRAIN];

    private final RandomAccessFile file;
    private final MemberSink.Durability durability;
    private long position;

    private SparseFile(RandomAccessFile file, MemberSink.Durability durability) {
        this.file = file;
        this.durability = durability;
    }

    static SparseFile create(Path path, MemberSink.Durability durability) throws IOException {
        // O_EXCL: neither overwrites nor follows a link.
        Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return new SparseFile(new RandomAccessFile(path.toFile(), "rw"), durability);
    }

    static SparseFile over(Path path, MemberSink.Durability durability) throws IOException {
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new NoSuchFileException(path.toString());
        }
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        file.setLength(0);
        return new SparseFile(file, durability);
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
        int pendingFrom = 0;
        int at = 0;
        while (at < length) {
            // Grains lie at multiples in the file, so that holes fall together with the file system's blocks.
            int run = (int) Math.min(length - at, GRAIN - (position + at) % GRAIN);
            if (Arrays.equals(bytes, at, at + run, ZERO, 0, run)) {
                writeAt(bytes, pendingFrom, at);
                pendingFrom = at + run;
            }
            at += run;
        }
        writeAt(bytes, pendingFrom, length);
        position += length;
    }

    private void writeAt(byte[] bytes, int from, int to) throws IOException {
        if (to > from) {
            file.seek(position + from);
            for (int at = from; at < to; at += PIECE_BYTES) {
                file.write(bytes, at, Math.min(PIECE_BYTES, to - at));
            }
        }
    }

    @Override
    public void complete() throws IOException {
        file.setLength(position);
        if (durability == MemberSink.Durability.SYNCED) {
            file.getChannel().force(true);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
