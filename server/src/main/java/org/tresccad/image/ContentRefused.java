package org.tresccad.image;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** Image data that is not what it was declared to be, or could make QEMU open other files of the host. */
public final class ContentRefused extends TresccadException {
    private static final long serialVersionUID = 1L;

    private final DiskFormat declared;

    /** {@code reason} is a clause: "it has a backing file". */
    public ContentRefused(DiskFormat declared, String reason) {
        super(ErrorKind.INVALID_CONTENT, "The data is refused as a " + declared.wireName() + " image: " + reason + ".");
        this.declared = declared;
    }

    /** What it was declared to be. */
    public DiskFormat declared() {
        return declared;
    }
}
