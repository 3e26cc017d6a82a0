package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.tresccad.identity.Caller;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/**
 * The image service. Every method checks that the caller may do it; an image the caller may not see does not exist for
 * it. Errors: NOT_FOUND, FORBIDDEN, CONFLICT (wrong status), NO_SPACE, INVALID_CONTENT.
 */
public interface Images {
    /** Makes a record with status {@link ImageStatus#QUEUED}. CONFLICT when the id is or was in use. */
    Image create(Caller caller, NewImage request);

    /** One image. */
    Image get(Caller caller, ImageId id);

    /** Every image the caller sees, newest first. */
    List<Image> list(Caller caller);

    /**
     * Stores the data of a queued image, from {@code data} to its end. While it runs the image is
     * {@link ImageStatus#SAVING} and {@link #open} may already read; on any failure the image is queued again, nothing
     * is kept, and readers get an error, never a short body. Data of an image that says so by its properties is let
     * through to one reader only; it is queued again when that has all of it.
     *
     * @throws IOException when {@code data} fails
     */
    Image upload(Caller caller, ImageId id, InputStream data, Progress progress, Cancellation cancellation)
            throws IOException;

    /** As {@link #upload}, for data that a writer produces. The image is active when this returns. */
    Image store(Caller caller, ImageId id, Writer writer, Cancellation cancellation) throws IOException;

    /**
     * The data of an image. With {@code follow}, data that is still arriving can be read too: the stream waits for the
     * rest and fails with an {@link IOException} when the upload fails.
     */
    InputStream open(Caller caller, ImageId id, boolean follow);

    /**
     * Complete content of an active image, for overlays and kernels. INVALID_CONTENT when it is not what it was
     * declared to be.
     */
    StoredContent content(Caller caller, ImageId id);

    /**
     * Keeps other content on disk for as long as the image exists: what a package stands on and does not hold. Nothing
     * happens when the image is gone.
     *
     * @throws ContentMissing when the host does not have it
     */
    void keep(ImageId id, ContentDigest digest);

    /** Whether an image that the caller may list is that content, or {@link #keep}s it. */
    boolean offers(Caller caller, ContentDigest digest);

    /** Deletes the record, and the data once nothing else holds it. */
    void delete(Caller caller, ImageId id);

    /** Deletes an image of a move that is over, whoever owns it and whatever its status; nothing happens when it is gone. */
    void discard(ImageId id);

    /** Produces an image's data. */
    @FunctionalInterface
    interface Writer {
        /** Writes everything to {@code out}, which the caller closes. */
        void writeTo(OutputStream out) throws IOException;
    }
}
