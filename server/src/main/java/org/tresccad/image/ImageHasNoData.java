package org.tresccad.image;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** The image has no complete data that could be read. */
public final class ImageHasNoData extends TresccadException {
    private static final long serialVersionUID = 1L;

    private final ImageStatus status;

    /** {@code status} says why there is none. */
    public ImageHasNoData(ImageId id, ImageStatus status) {
        super(ErrorKind.CONFLICT, "Image " + id + " has no data; its status is " + status.wireName() + ".");
        this.status = status;
    }

    /** The image's status when it was asked. */
    public ImageStatus status() {
        return status;
    }
}
