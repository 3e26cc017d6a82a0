package org.tresccad.image;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** The image's status does not allow what was asked. */
public final class WrongImageStatus extends TresccadException {
    private static final long serialVersionUID = 1L;

    private final ImageId id;
    private final ImageStatus status;

    /** {@code action}, a verb phrase like "upload data to", was asked for. */
    public WrongImageStatus(String action, ImageId id, ImageStatus status) {
        super(
                ErrorKind.CONFLICT,
                "Cannot " + action + " image " + id + " while its status is " + status.wireName() + ".");
        this.id = id;
        this.status = status;
    }

    /** The image. */
    public ImageId id() {
        return id;
    }

    /** Its status when it was asked. */
    public ImageStatus status() {
        return status;
    }
}
