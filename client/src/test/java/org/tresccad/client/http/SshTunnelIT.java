package org.tresccad.client.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.SshAccess;
import org.tresccad.client.error.CloudUnreachable;
import org.tresccad.client.image.Image;
import org.tresccad.client.image.NewImage;
import org.tresccad.client.transfer.Watch;

/** Against a real sshd on loopback, with keys and configuration of its own; needs Debian's openssh-server. */
class SshTunnelIT {
    @TempDir
    Path directory;

    private TestingCloud there;
    private Process sshd;
    private int port;

    @BeforeEach
    void start() throws Exception {
        there = new TestingCloud();
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        for (String name : List.of("host", "user", "stranger")) {
            run(
                    "ssh-keygen",
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    "",
                    "-f",
                    directory.resolve(name).toString());
        }
        Files.copy(directory.resolve("user.pub"), directory.resolve("authorized"));
        Files.writeString(
                directory.resolve("known"),
                "[127.0.0.1]:" + port + " " + Files.readString(directory.resolve("host.pub")));
        Files.writeString(
                directory.resolve("strange"),
                "[127.0.0.1]:" + port + " " + Files.readString(directory.resolve("stranger.pub")));
        Files.writeString(directory.resolve("empty"), "");
        Files.writeString(directory.resolve("config"), """
                ListenAddress 127.0.0.1
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
                        port, directory.resolve("host"), directory.resolve("authorized")));
        // sshd refuses to start without its directory for privilege separation.
        Files.createDirectories(Path.of("/run/sshd"));
        startSshd();
    }

    @AfterEach
    void stop() throws Exception {
        stopSshd();
        there.close();
    }

    @Test
    void reachesALoopbackOnlyCloudAndItsCatalogThroughTheTunnel() {
        there.compute.addServer("tick", "ACTIVE");
        try (Cloud cloud = connect("user", "known")) {
            assertThat(cloud.compute().servers()).hasSize(1);
            Image made = cloud.images().create(NewImage.bare("big", "raw", Map.of()));
            long size = 8L << 20;
            cloud.images()
                    .upload(
                            made.id(),
                            out -> {
                                for (long done = 0; done < size; done += 1 << 20) {
                                    out.write(new byte[1 << 20]);
                                }
                            },
                            OptionalLong.of(size),
                            Watch.none());
            assertThat(there.images.received).hasValue(size);
        }
    }

    @Test
    void anUnknownHostKeyIsRefused() {
        try (Cloud cloud = connect("user", "empty")) {
            assertThatThrownBy(cloud::projectId)
                    .isInstanceOf(CloudUnreachable.class)
                    .hasMessageContaining("host key is not in");
        }
        assertThat(there.asked).isEmpty();
    }

    @Test
    void aChangedHostKeyIsRefused() {
        try (Cloud cloud = connect("user", "strange")) {
            assertThatThrownBy(cloud::projectId)
                    .isInstanceOf(CloudUnreachable.class)
                    .hasMessageContaining("host key is not the one in");
        }
        assertThat(there.asked).isEmpty();
    }

    @Test
    void aKeyThatTheHostDoesNotKnowIsSaidSo() {
        try (Cloud cloud = connect("stranger", "known")) {
            assertThatThrownBy(cloud::projectId)
                    .isInstanceOf(CloudUnreachable.class)
                    .hasMessageContaining("accepts none of the keys");
        }
    }

    @Test
    void aLostConnectionIsMadeAgain() throws Exception {
        try (Cloud cloud = connect("user", "known")) {
            cloud.compute().servers();
            stopSshd();
            assertThatThrownBy(() -> cloud.compute().servers()).isInstanceOf(CloudUnreachable.class);
            startSshd();
            assertThat(cloud.compute().servers()).isEmpty();
        }
    }

    private Cloud connect(String key, String knownHosts) {
        CloudConfig direct = there.config("far");
        return Cloud.of(
                new CloudConfig(
                        direct.name(),
                        direct.credentials(),
                        direct.endpoints(),
                        direct.trust(),
                        Optional.of(new SshAccess(
                                System.getProperty("user.name"),
                                "127.0.0.1",
                                port,
                                List.of(directory.resolve(key)),
                                directory.resolve(knownHosts))),
                        direct.projects()),
                TestingCloud.SHORT,
                Clock.systemUTC());
    }

    private void startSshd() throws IOException {
        sshd = new ProcessBuilder(
                        "/usr/sbin/sshd",
                        "-D",
                        "-e",
                        "-f",
                        directory.resolve("config").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("sshd.log").toFile())
                .start();
        await("sshd listens").until(() -> {
            try (Socket probe = new Socket()) {
                probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
                return true;
            } catch (IOException notYet) {
                return false;
            }
        });
    }

    /** Its children hold the connections, so they are ended too. */
    private void stopSshd() throws InterruptedException {
        List<ProcessHandle> children = sshd.descendants().toList();
        sshd.destroy();
        sshd.waitFor(5, TimeUnit.SECONDS);
        children.forEach(ProcessHandle::destroy);
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
