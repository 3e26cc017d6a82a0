package org.tresccad.rest.nova;

import java.util.Optional;
import org.tresccad.identity.Caller;
import org.tresccad.image.ImageId;
import org.tresccad.instance.ArrivalKind;
import org.tresccad.instance.InstanceId;

/** What the compute API asks of packages. */
public interface PackageRequests {
    /**
     * Starts to turn an instance into a package.
     *
     * @return the image that becomes the package
     * @throws org.tresccad.error.TresccadException NOT_FOUND, FORBIDDEN, CONFLICT
     */
    ImageId save(Caller caller, InstanceId instance);

    /**
     * Starts to make an instance from a package.
     *
     * @param name another name than the one in the package
     * @param kind as itself, or as another
     * @throws org.tresccad.error.TresccadException NOT_FOUND, FORBIDDEN, CONFLICT, INVALID_CONTENT
     */
    InstanceId restore(Caller caller, ImageId image, Optional<String> name, ArrivalKind kind);
}
