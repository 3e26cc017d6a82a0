package org.tresccad.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.Contents;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.StoredContent;

/**
 * What a disk stands on that came without a base image: one sector of zeros, after which an overlay reads zeros too. So
 * every disk has a base, and saving, moving and checking need to know no other kind.
 */
public final class BlankDisk {
    private static final int SECTOR_BYTES = 512;

    /** Held for ever: it is small, and no image would bring it back. */
    private static final String HOLDER = "blank disk";

    private final Contents contents;

    /** In {@code contents}, once it is needed. */
    public BlankDisk(Contents contents) {
        this.contents = contents;
    }

    /** Its digest; from here on it is in the store. Not to be called in a transaction. */
    ContentDigest digest() {
        try {
            Path file = Files.createTempFile("tresccad-blank", ".raw");
            try {
                Files.write(file, new byte[SECTOR_BYTES]);
                StoredContent blank = contents.add(file, DiskFormat.RAW, HOLDER);
                return blank.digest();
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
