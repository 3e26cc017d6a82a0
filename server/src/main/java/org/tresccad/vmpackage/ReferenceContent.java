package org.tresccad.vmpackage;

import java.io.Closeable;
import java.io.IOException;

/** The bytes of a {@link Reference}, to be read anywhere, by any number of threads at the same time. */
public interface ReferenceContent extends Closeable {
    /** How many there are. Stays the same while it is open. */
    long sizeBytes() throws IOException;

    /**
     * Reads exactly {@code length} bytes from {@code offset} on into {@code target}, from {@code at} on.
     *
     * @throws IOException also when there are fewer
     */
    void read(long offset, byte[] target, int at, int length) throws IOException;
}
