package org.tresccad.image;

import java.nio.file.Path;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Immutable content by digest: the base images that overlays stand on, kernels, ramdisks. Shared by any number of
 * images and instances; removed from disk once neither an image nor a hold names it.
 */
public interface Contents {
    /** The content of that digest, if this host has it complete. */
    Optional<StoredContent> find(ContentDigest digest);

    /**
     * Keeps {@code digest} on disk for {@code holder} (an instance's id, say) although its image may be deleted; part
     * of the caller's transaction. Holding twice is holding once.
     *
     * @throws ContentMissing when the host does not have it
     */
    void hold(Handle transaction, ContentDigest digest, String holder);

    /**
     * Takes a complete file into the store, where it may be already, and holds it for {@code holder}. The file is moved
     * or removed.
     */
    StoredContent add(Path file, DiskFormat format, String holder);

    /** Ends every hold of {@code holder}; part of the caller's transaction. Files go with the next {@link #sweep}. */
    void releaseAll(Handle transaction, String holder);

    /** Removes the files that nothing names any more. */
    void sweep();
}
