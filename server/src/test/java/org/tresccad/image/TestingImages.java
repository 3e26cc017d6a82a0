package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Project;
import org.tresccad.identity.Role;
import org.tresccad.identity.User;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.process.TestingProcesses;
import org.tresccad.state.Database;

/** A real image service in a directory, with as much room on the disk as a test says, and some callers. */
final class TestingImages implements AutoCloseable {
    static final Caller ANN = caller("ann", Role.MEMBER);
    static final Caller BOB = caller("bob", Role.MEMBER);
    static final Caller READER = new Caller(User.named("eve").id(), "eve", ANN.projectId(), Set.of(Role.READER));
    static final Caller ADMIN = caller("admin", Role.ADMIN);

    final AtomicLong usableBytes = new AtomicLong(1L << 40);
    final Path directory;
    final Database database;
    final ContentStore contents;
    final StoredImages images;
    final ImageMembers members;

    private TestingImages(Path directory, ImageLimits limits) {
        this.directory = directory;
        this.database = Database.open(directory.resolve("state.db"));
        this.contents = new ContentStore(
                directory.resolve("store"), database, limits, new DiskRoom(usableBytes::get, limits.reserveBytes()));
        this.images =
                new StoredImages(database, contents, new QemuImg(new TestingProcesses()), limits, Clock.systemUTC());
        this.members = new ImageMembers(database, limits, Clock.systemUTC());
        images.reconcile();
    }

    static TestingImages in(Path directory) {
        return new TestingImages(directory, ImageLimits.DEFAULT);
    }

    static TestingImages in(Path directory, ImageLimits limits) {
        return new TestingImages(directory, limits);
    }

    static NewImage raw(String name) {
        return NewImage.of(name, DiskFormat.RAW, Map.of());
    }

    /** An active image of ANN's with this data. */
    Image upload(NewImage request, byte[] data) throws IOException {
        Image image = images.create(ANN, request);
        return images.upload(ANN, image.id(), new ByteArrayInputStream(data), new Progress(), new Cancellation());
    }

    @Override
    public void close() {
        database.close();
    }

    private static Caller caller(String name, Role role) {
        return new Caller(User.named(name).id(), name, Project.named(name).id(), Set.of(role));
    }

    /** That it is refused, as an error of that kind. */
    static void assertKind(ErrorKind kind, ThrowingCallable action) {
        assertThatThrownBy(action).isInstanceOfSatisfying(TresccadException.class, e -> assertThat(e.kind())
                .isEqualTo(kind));
    }
}
