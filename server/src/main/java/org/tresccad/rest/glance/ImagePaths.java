package org.tresccad.rest.glance;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.ImageId;

/** Ids in paths: whatever is no id names no image. */
final class ImagePaths {
    private ImagePaths() {}

    static ImageId id(String text) {
        return ImageId.parse(text)
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "No image found with ID " + text + "."));
    }
}
