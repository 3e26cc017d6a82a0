package org.tresccad.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The disk of a host whose size is limited, to be filled as wanted. */
final class SmallDisk {
    /** What the host leaves free beside guests and images. */
    static final long RESERVE_BYTES = 8 << 20;

    /** A file system may want some for itself. */
    private static final long FULL_BYTES = 2 << 20;

    private final World world;
    private final Host host;

    private SmallDisk(World world, Host host) {
        this.world = world;
        this.host = host;
    }

    /** The disk of {@code host}, whose daemon is started again with a reserve that such a disk can have. */
    static SmallDisk of(World world, Host host) {
        host.configure(yaml -> yaml.replace("  state_dir:", "  reserve_disk: " + RESERVE_BYTES + "\n  state_dir:"));
        host.daemon("restart");
        return new SmallDisk(world, host);
    }

    /** Leaves so much for guests, beside the reserve; what arrives meanwhile may take it first. */
    void leave(long bytes) {
        await("the ballast").pollInterval(Duration.ofMillis(20)).until(() -> {
            empty();
            long taken = Files.getFileStore(host.state()).getUsableSpace() - RESERVE_BYTES - bytes;
            return taken <= 0
                    || world.inInternet(
                                            "fallocate",
                                            "-l",
                                            Long.toString(taken),
                                            ballast().toString())
                                    .code()
                            == 0;
        });
    }

    /** Leaves so little that nothing more can be written, not even to what the reserve is for. */
    void fill() {
        leave(FULL_BYTES - RESERVE_BYTES);
    }

    /** Takes the ballast away. */
    void empty() {
        try {
            Files.deleteIfExists(ballast());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path ballast() {
        return host.state().resolve("ballast");
    }
}
