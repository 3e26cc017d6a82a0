package org.tresccad.testing;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.tresccad.identity.Caller;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.Images;
import org.tresccad.image.NewImage;
import org.tresccad.image.StoredContent;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** Images as one life of a daemon sees them; each change passes two points where it can end. */
public final class MortalImages implements Images {
    private final Images images;
    private final Failpoints points;

    /** {@code images} outlive it. */
    public MortalImages(Images images, Failpoints points) {
        this.images = images;
        this.points = points;
    }

    @Override
    public Image create(Caller caller, NewImage request) {
        points.pass("before the image is created");
        Image image = images.create(caller, request);
        points.pass("after the image was created");
        return image;
    }

    @Override
    public Image get(Caller caller, ImageId id) {
        points.check();
        return images.get(caller, id);
    }

    @Override
    public List<Image> list(Caller caller) {
        points.check();
        return images.list(caller);
    }

    @Override
    public Image upload(Caller caller, ImageId id, InputStream data, Progress progress, Cancellation cancellation)
            throws IOException {
        points.pass("before the image is uploaded");
        Image image = images.upload(caller, id, data, progress, cancellation);
        points.pass("after the image was uploaded");
        return image;
    }

    @Override
    public Image store(Caller caller, ImageId id, Writer writer, Cancellation cancellation) throws IOException {
        points.pass("before the image is stored");
        Image image = images.store(caller, id, writer, cancellation);
        points.pass("after the image was stored");
        return image;
    }

    @Override
    public InputStream open(Caller caller, ImageId id, boolean follow) {
        points.check();
        return images.open(caller, id, follow);
    }

    @Override
    public StoredContent content(Caller caller, ImageId id) {
        points.check();
        return images.content(caller, id);
    }

    @Override
    public void keep(ImageId id, ContentDigest digest) {
        points.pass("before the image keeps content");
        images.keep(id, digest);
        points.pass("after the image kept content");
    }

    @Override
    public boolean offers(Caller caller, ContentDigest digest) {
        points.check();
        return images.offers(caller, digest);
    }

    @Override
    public void delete(Caller caller, ImageId id) {
        points.pass("before the image is deleted");
        images.delete(caller, id);
        points.pass("after the image was deleted");
    }

    @Override
    public void discard(ImageId id) {
        points.pass("before the image is discarded");
        images.discard(id);
        points.pass("after the image was discarded");
    }
}
