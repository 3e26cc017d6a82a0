package org.tresccad.image;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.job.Cancellation;

/** Another cloud, named {@code edge}, whose images tests put there. */
public final class TestingRemoteImages implements RemoteImages {
    private final Map<ImageId, Supplier<Found>> images = new ConcurrentHashMap<>();

    public void put(ImageId id, Supplier<Found> image) {
        images.put(id, image);
    }

    @Override
    public Found fetch(Caller caller, String cloudName, ImageId id, Cancellation cancellation) throws IOException {
        Supplier<Found> image = images.get(id);
        if (!cloudName.equals("edge") || image == null) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "There is no such image in " + cloudName + ".");
        }
        return image.get();
    }
}
