package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Reads entries as strictly as {@link TarHeader} does. A stream that ends too early is a {@link PackageInvalid}. */
final class TarInput {
    private static final String END = "the end of the archive";

    private final InputStream in;
    private final byte[] block = new byte[TarHeader.BLOCK];
    private String where;
    private long consumed;

    /** {@code firstEntry} names the place for errors before anything was read. */
    TarInput(InputStream in, String firstEntry) {
        this.in = in;
        this.where = firstEntry;
    }

    /**
     * The next header; empty at the end of the archive, after which the stream must end too. The content of the entry
     * before must have been read.
     */
    Optional<TarHeader> next() throws IOException {
        fill(block, TarHeader.BLOCK);
        if (!isZero(block, TarHeader.BLOCK)) {
            TarHeader header = TarHeader.decode(block);
            where = header.name();
            return Optional.of(header);
        }
        where = END;
        fill(block, TarHeader.BLOCK);
        if (!isZero(block, TarHeader.BLOCK)) {
            throw new PackageInvalid(END, "one zero block is followed by something else");
        }
        if (in.read() != -1) {
            throw new PackageInvalid(END, "is followed by more data");
        }
        return Optional.empty();
    }

    /** Reads an entry's whole content into {@code target}, whose room the caller has checked. */
    void content(TarHeader header, byte[] target) throws IOException {
        fill(target, (int) header.sizeBytes());
        int padding = header.paddingBytes();
        fill(block, padding);
        if (!isZero(block, padding)) {
            throw new PackageInvalid(where, "the padding after it is not zero");
        }
    }

    /** The block that {@link #next} looked at last. */
    byte[] lastBlock() {
        return block;
    }

    long consumedBytes() {
        return consumed;
    }

    private void fill(byte[] target, int length) throws IOException {
        int got = in.readNBytes(target, 0, length);
        consumed += got;
        if (got < length) {
            throw new PackageInvalid(where, "the stream ends in it or right after it, at byte " + consumed);
        }
    }

    private static boolean isZero(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
