package org.tresccad.vmpackage;

import java.util.UUID;
import org.tresccad.image.ContentDigest;

/**
 * Content that the reader of a package holds already, or gets in the package itself before it is needed, and that parts
 * are given relative to. A name and a size, never a place: whoever reads decides where to look for it.
 */
public sealed interface Reference {
    /** What the format allows: as many references, and in each of them as many bytes (1 PiB). */
    int MOST = 64;

    /**
     * A file in the reader's image service: a base image, a kernel.
     *
     * @param digest SHA-512 of the file, Glance's {@code os_hash_value}
     * @param sizeBytes of the file
     */
    record Content(ContentDigest digest, long sizeBytes) implements Reference {
        /** Checks. */
        public Content {
            Checks.range("delta.references.size_bytes", sizeBytes, 0, Checks.MAX_DISK_BYTES);
        }
    }

    /**
     * A member of an earlier package that the reader kept, unpacked.
     *
     * @param lineage whose package it was
     * @param epoch which of its packages
     * @param member which member, neither {@link Member#AHEAD} nor {@link Member#SNAPSHOT_AHEAD}
     * @param treeSha256 as in that package's trailer; 64 lower-case hexadecimal digits
     * @param sizeBytes as in that package's trailer
     */
    record Kept(UUID lineage, long epoch, Member member, String treeSha256, long sizeBytes) implements Reference {
        /** Checks. */
        public Kept {
            Checks.range("delta.references.epoch", epoch, 1, Checks.MAX_JSON_INTEGER);
            Checks.that(
                    member != Member.AHEAD && member != Member.SNAPSHOT_AHEAD,
                    "delta.references.member: " + member.fileName() + " is not kept");
            Checks.that(
                    treeSha256.matches("[0-9a-f]{64}"), "delta.references.tree_sha256: not a SHA-256 in hexadecimal");
            Checks.range("delta.references.size_bytes", sizeBytes, 0, Checks.MAX_DISK_BYTES);
        }
    }

    /** The member {@link Member#AHEAD} of the package itself. */
    record Ahead() implements Reference {}
}
