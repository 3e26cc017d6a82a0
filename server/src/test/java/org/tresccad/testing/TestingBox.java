package org.tresccad.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageStatus;
import org.tresccad.job.Cancellation;
import org.tresccad.migration.PackageBox;

/** Packages for another host among a host's images: whatever is no base image. */
public final class TestingBox {
    /** What whoever takes packages from it has had to complain of. */
    public final List<String> complaints = new CopyOnWriteArrayList<>();

    private final MortalHost at;

    TestingBox(MortalHost at) {
        this.at = at;
    }

    PackageBox seenBy(TestingInternet internet, Failpoints from) {
        return new Seen(internet, from);
    }

    private final class Seen implements PackageBox {
        private final TestingInternet internet;
        private final Failpoints from;

        private Seen(TestingInternet internet, Failpoints from) {
            this.internet = internet;
            this.from = from;
        }

        @Override
        public String name() {
            return at.name;
        }

        @Override
        public Caller recipient() {
            return TestingHost.MEMBER;
        }

        @Override
        public List<Addressed> addressed(String host) {
            from.check();
            return at.packages().stream()
                    .filter(image -> image.status() == ImageStatus.ACTIVE)
                    .map(image -> new Addressed(image.id(), image.name()))
                    .toList();
        }

        @Override
        public InputStream open(ImageId image, Cancellation cancellation) {
            return internet.carry(from, "fetch the package", () -> {
                try (InputStream data = at.images.open(TestingHost.MEMBER, image, false)) {
                    return new ByteArrayInputStream(data.readAllBytes());
                } catch (IOException e) {
                    throw new TresccadException(ErrorKind.UNAVAILABLE, "The package cannot be read.", e);
                }
            });
        }

        @Override
        public Optional<Base> base(ContentDigest digest) {
            return Optional.of(new Base(at.base, "base", DiskFormat.RAW));
        }

        @Override
        public void complain(ImageId image, String why) {
            from.check();
            complaints.add(why);
        }

        @Override
        public void delete(ImageId image) {
            internet.carry(from, "delete the package", () -> {
                at.images.discard(image);
                return true;
            });
        }
    }
}
