package org.tresccad.migration;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.tresccad.identity.Caller;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.job.Cancellation;

/**
 * An image service elsewhere that holds packages addressed to this host. Errors: UNAVAILABLE or TIMEOUT when it does not
 * answer, others as it says.
 */
public interface PackageBox {
    /** What this host calls it. */
    String name();

    /** For whom packages are taken from it: a member of the project that the cloud's entry names. */
    Caller recipient();

    /** The complete packages addressed to the host of that name. */
    List<Addressed> addressed(String host);

    /** The data of an image, to its end; close it. */
    InputStream open(ImageId image, Cancellation cancellation) throws IOException;

    /** An image there with that content, for a package that stands on it. */
    Optional<Base> base(ContentDigest digest);

    /** Says, at the package, why it could not be taken; replaces what was said before. */
    void complain(ImageId image, String why);

    /** Deletes a package that has been taken; nothing happens when it is gone. */
    void delete(ImageId image);

    /** A package. */
    record Addressed(ImageId image, String name) {}

    /** A base image. */
    record Base(ImageId image, String name, DiskFormat format) {}
}
