package org.tresccad.client.http;

import java.io.IOException;
import java.io.OutputStream;

/** Content that writes itself, once, in the thread of the transfer. */
@FunctionalInterface
public interface ContentWriter {
    /** Writes all of it; does not close {@code out}. What it throws aborts the transfer and reaches the caller. */
    void writeTo(OutputStream out) throws IOException;
}
