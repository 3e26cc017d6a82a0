package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.OutputStream;

/** Writes entries and the end mark. Does not close the stream. */
final class TarOutput {
    private final OutputStream out;
    private long written;

    TarOutput(OutputStream out) {
        this.out = out;
    }

    void entry(String name, byte[] content, int length) throws IOException {
        TarHeader header = new TarHeader(name, length);
        out.write(header.encode());
        out.write(content, 0, length);
        out.write(new byte[header.paddingBytes()]);
        written += TarHeader.BLOCK + (long) length + header.paddingBytes();
    }

    void end() throws IOException {
        out.write(new byte[2 * TarHeader.BLOCK]);
        written += 2L * TarHeader.BLOCK;
        out.flush();
    }

    void flush() throws IOException {
        out.flush();
    }

    long writtenBytes() {
        return written;
    }
}
