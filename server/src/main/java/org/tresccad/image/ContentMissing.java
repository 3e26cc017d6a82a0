package org.tresccad.image;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** Content that is needed (a base image, say) is not on this host. */
public final class ContentMissing extends TresccadException {
    private static final long serialVersionUID = 1L;

    private final ContentDigest digest;

    /** {@code what}, a noun like "base image", of {@code digest} is missing. */
    public ContentMissing(String what, ContentDigest digest) {
        super(
                ErrorKind.CONFLICT,
                "The " + what + " with SHA-512 " + digest.sha512().substring(0, 16)
                        + "... is not on this host. Upload it (its os_hash_value must match), then ask again.");
        this.digest = digest;
    }

    /** What is missing. */
    public ContentDigest digest() {
        return digest;
    }
}
