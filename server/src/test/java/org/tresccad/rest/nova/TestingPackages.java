package org.tresccad.rest.nova;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.ImageId;
import org.tresccad.instance.ArrivalKind;
import org.tresccad.instance.InstanceId;
import org.tresccad.testing.TestingHost;

/** Packages that are only remembered: restoring one answers with the instance that was saved, under its new name. */
final class TestingPackages implements PackageRequests {
    private final Map<ImageId, InstanceId> saved = new ConcurrentHashMap<>();
    private final TestingHost host;

    TestingPackages(TestingHost host) {
        this.host = host;
    }

    @Override
    public ImageId save(Caller caller, InstanceId instance) {
        ImageId image = ImageId.random();
        saved.put(image, instance);
        return image;
    }

    @Override
    public InstanceId restore(Caller caller, ImageId image, Optional<String> name, ArrivalKind kind) {
        InstanceId instance = Optional.ofNullable(saved.get(image))
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "There is no package " + image + "."));
        name.ifPresent(text -> host.edit.rename(caller, instance, text));
        return instance;
    }
}
