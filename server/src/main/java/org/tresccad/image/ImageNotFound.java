package org.tresccad.image;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** There is no such image, or the caller may not know that there is. */
public final class ImageNotFound extends TresccadException {
    private static final long serialVersionUID = 1L;

    private final ImageId id;

    /** {@code id} is what was asked for. */
    public ImageNotFound(ImageId id) {
        super(ErrorKind.NOT_FOUND, "Image " + id + " could not be found.");
        this.id = id;
    }

    /** What was asked for. */
    public ImageId id() {
        return id;
    }
}
