package org.tresccad.vmpackage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file as the content of a reference. Read, not mapped: a mapped file that is cut short kills the whole process. */
final class ReferenceFile implements ReferenceContent {
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
        ByteBuffer buffer = ByteBuffer.wrap(target, at, length);
        long position = offset;
        while (buffer.hasRemaining()) {
            int got = channel.read(buffer, position);
            if (got < 0) {
                throw new EOFException("it ends at byte " + position);
            }
            position += got;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
