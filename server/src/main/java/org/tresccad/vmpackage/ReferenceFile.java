package org.tresccad.vmpackage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file as the content of a reference. Read, not mapped: a mapped file that is cut short kills the whole process. */
final class ReferenceFile implements ReferenceContent {
    /** Java copies what it reads once more, through a buffer of this size: it should stay in the core's cache. */
    private static final int PIECE_BYTES = 1 << 17;

    private final FileChannel channel;
    private final long sizeBytes;

    ReferenceFile(Path path) throws IOException {
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
        this.sizeBytes = channel.size();
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void read(long offset, byte[] target, int at, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int piece = Math.min(PIECE_BYTES, length - done);
            int got = channel.read(ByteBuffer.wrap(target, at + done, piece), offset + done);
            if (got < 0) {
                throw new EOFException("it ends at byte " + (offset + done));
            }
            done += got;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
