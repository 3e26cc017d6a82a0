package org.tresccad.vmpackage;

import java.io.IOException;

/** Takes blocks of content. */
@FunctionalInterface
interface Blocks {
    /**
     * Takes the {@code length} bytes of {@code bytes} from {@code at} on, at most {@link BlockIndex#BLOCK_BYTES}, which
     * belong to the caller again afterwards.
     *
     * @param offset where they lie in the content they come from
     */
    void block(byte[] bytes, int at, int length, long offset) throws IOException;
}
