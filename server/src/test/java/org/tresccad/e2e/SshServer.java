package org.tresccad.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A real sshd inside a host, with keys of its own: what an administrator of a loopback-only daemon has anyway. */
final class SshServer implements AutoCloseable {
    static final int PORT = 2222;
    /** sshd refuses to start without this directory; a machine where none runs lacks it. */
    private static final Path PRIVILEGE_SEPARATION = Path.of("/run/sshd");

    private final Path directory;
    private final Process sshd;
    private final boolean madeDirectory;

    private SshServer(Path directory, Process sshd, boolean madeDirectory) {
        this.directory = directory;
        this.sshd = sshd;
        this.madeDirectory = madeDirectory;
    }

    /** Starts it on {@code host}; keys and files lie in {@code directory}. */
    static SshServer start(World world, Host host, Path directory) {
        try {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            for (String name : List.of("host", "user", "stranger")) {
                world.inInternet(
                                "ssh-keygen",
                                "-q",
                                "-t",
                                "ed25519",
                                "-N",
                                "",
                                "-f",
                                directory.resolve(name).toString())
                        .succeeded();
            }
            Files.copy(directory.resolve("user.pub"), directory.resolve("authorized"));
            String name = "[" + host.address() + "]:" + PORT + " ";
            Files.writeString(directory.resolve("known"), name + Files.readString(directory.resolve("host.pub")));
            Files.writeString(directory.resolve("strange"), name + Files.readString(directory.resolve("stranger.pub")));
            Files.writeString(directory.resolve("sshd_config"), """
                    ListenAddress %s
                    Port %d
                    HostKey %s
                    AuthorizedKeysFile %s
                    PidFile none
                    StrictModes no
                    UsePAM no
                    PasswordAuthentication no
                    PermitRootLogin prohibit-password
                    AllowTcpForwarding local
                    """.formatted(
                            host.address(), PORT, directory.resolve("host"), directory.resolve("authorized")));
            boolean made = !Files.exists(PRIVILEGE_SEPARATION);
            Files.createDirectories(PRIVILEGE_SEPARATION);
            Process sshd = world.start(
                    host.name(),
                    "/usr/sbin/sshd",
                    "-D",
                    "-E",
                    directory.resolve("sshd.log").toString(),
                    "-f",
                    directory.resolve("sshd_config").toString());
            await("sshd to listen")
                    .until(() -> sshd.isAlive()
                            && Files.exists(directory.resolve("sshd.log"))
                            && Files.readString(directory.resolve("sshd.log")).contains("Server listening"));
            return new SshServer(directory, sshd, made);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The private key it lets in. */
    Path userKey() {
        return directory.resolve("user");
    }

    /** Known hosts with its key. */
    Path known() {
        return directory.resolve("known");
    }

    /** Known hosts with another key in its place, as if someone were in between. */
    Path strange() {
        return directory.resolve("strange");
    }

    @Override
    public void close() {
        sshd.descendants().forEach(ProcessHandle::destroyForcibly);
        sshd.destroyForcibly();
        if (madeDirectory) {
            try {
                Files.deleteIfExists(PRIVILEGE_SEPARATION);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
