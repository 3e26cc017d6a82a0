package org.tresccad.image;

import java.nio.file.Path;
import java.util.Optional;

/** qcow2 overlays: the part of a disk that differs from its base image. */
public interface Overlays {
    /** Makes an empty overlay of {@code base}, with a guest-visible size of {@code sizeBytes}. */
    void create(StoredContent base, Path overlay, long sizeBytes);

    /**
     * Accepts an overlay that came from elsewhere: refuses one that names a data file, snapshots, encryption or another
     * file than its base, and makes it stand on {@code base} as that lies here. No data is read or changed, and the name
     * it came with is never opened. What is behind its header has yet to pass {@link #check}.
     *
     * @param namedAs what the overlay calls its base; without it, any path that ends in the digest of {@code base}
     * @param sizeBytes the guest-visible size it must have
     * @throws org.tresccad.error.TresccadException INVALID_CONTENT
     */
    void adopt(Path overlay, StoredContent base, Optional<String> namedAs, long sizeBytes);

    /**
     * The layout of an overlay that {@link #create} has made. QEMU keeps what it learned of an image's layout when it
     * opened it, also when it later reads the image anew.
     */
    Layout layout(Path created);

    /** Of the clusters of an image. */
    interface Layout {
        /**
         * Whether {@code overlay} has it and {@link #adopt} would change nothing in that; false also when it would
         * refuse it.
         */
        boolean isThatOf(Path overlay, StoredContent base);
    }

    /**
     * As {@link #adopt}, of a disk that names no base at all: it is made to stand on {@code blank}, which has nothing
     * but zeros, as every other disk stands on something.
     */
    void adoptWhole(Path disk, StoredContent blank, long sizeBytes);

    /**
     * Checks everything in an adopted {@code overlay} but its data, before anything is written to it. A guest's QEMU may
     * have opened it already.
     *
     * @throws org.tresccad.error.TresccadException INVALID_CONTENT when it is damaged
     */
    void check(Path overlay);

    /**
     * Writes everything the guest sees of {@code overlay} to {@code copy}, a new qcow2 file that stands on nothing. The
     * overlay must be at rest.
     *
     * @throws org.tresccad.error.TresccadException NO_SPACE when it cannot be written
     */
    void copyWhole(Path overlay, Path copy);
}
