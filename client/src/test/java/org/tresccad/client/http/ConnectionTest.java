package org.tresccad.client.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCertificate;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.ConfigException;
import org.tresccad.client.config.Credentials;
import org.tresccad.client.config.Principal;
import org.tresccad.client.config.Secret;
import org.tresccad.client.config.Trust;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.CloudUnreachable;

class ConnectionTest {
    @TempDir
    Path directory;

    @Test
    void aTrustedCertificateIsAcceptedAndAnyOtherRefused() throws Exception {
        TestingCertificate right = TestingCertificate.forAddress("127.0.0.1");
        Path rightPem = right.writePem(directory.resolve("right.pem"));
        Path wrongPem = TestingCertificate.forAddress("127.0.0.1").writePem(directory.resolve("wrong.pem"));
        try (TestingCloud there = new TestingCloud(Optional.of(right.context()))) {
            try (Cloud cloud = connect(there.config("tls", new Trust(Optional.of(rightPem), true)))) {
                assertThat(cloud.projectId()).isEqualTo("p1");
            }
            try (Cloud cloud = connect(there.config("tls", new Trust(Optional.of(wrongPem), true)))) {
                assertThatThrownBy(cloud::projectId)
                        .isInstanceOf(CloudUnreachable.class)
                        .hasMessageContaining("not trusted")
                        .hasMessageContaining("cacert");
            }
            try (Cloud cloud = connect(there.config("tls", Trust.SYSTEM))) {
                assertThatThrownBy(cloud::projectId).isInstanceOf(CloudUnreachable.class);
            }
            assertThat(there.logins).hasValue(1);
            try (Cloud cloud = connect(there.config("tls", new Trust(Optional.empty(), false)))) {
                assertThat(cloud.projectId()).isEqualTo("p1");
            }
        }
    }

    @Test
    void aCertificateForAnotherAddressIsRefused() throws Exception {
        TestingCertificate other = TestingCertificate.forAddress("192.0.2.1");
        Path pem = other.writePem(directory.resolve("other.pem"));
        try (TestingCloud there = new TestingCloud(Optional.of(other.context()));
                Cloud cloud = connect(there.config("tls", new Trust(Optional.of(pem), true)))) {
            assertThatThrownBy(cloud::projectId)
                    .isInstanceOf(CloudUnreachable.class)
                    .hasMessageContaining("not for this name");
        }
    }

    @Test
    void thePresentedCertificateHasTheFingerprintThatOpensslShows() throws Exception {
        TestingCertificate own = TestingCertificate.forAddress("127.0.0.1");
        Path pem = own.writePem(directory.resolve("own.pem"));
        try (TestingCloud there = new TestingCloud(Optional.of(own.context()))) {
            PresentedCertificate seen = PresentedCertificate.of(URI.create(there.url()), Duration.ofMinutes(1));

            byte[] sha256 = MessageDigest.getInstance("SHA-256")
                    .digest(own.certificate().getEncoded());
            String plain = HexFormat.of().formatHex(sha256);
            assertThat(seen.matches("SHA256:" + plain)).isTrue();
            assertThat(seen.matches(seen.fingerprint())).isTrue();
            assertThat(seen.matches("0" + plain.substring(1))).isEqualTo(plain.startsWith("0"));
            assertThat(seen.pem().replaceAll("\\s", ""))
                    .isEqualTo(Files.readString(pem).replaceAll("\\s", ""));
        }
    }

    @Test
    void aFileWithoutCertificatesIsAConfigurationError() throws Exception {
        Path empty = Files.writeString(directory.resolve("empty.pem"), "");
        try (TestingCloud there = new TestingCloud()) {
            assertThatThrownBy(() -> connect(there.config("x", new Trust(Optional.of(empty), true))))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("empty.pem");
        }
    }

    @Test
    void aClosedPortIsUnreachable() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (Cloud cloud = connect(at("http://127.0.0.1:" + port))) {
            assertThatThrownBy(cloud::projectId)
                    .isInstanceOf(CloudUnreachable.class)
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageContaining("is it running?");
        }
    }

    @Test
    void aSilentCloudTimesOut() throws IOException {
        try (TestingCloud there = new TestingCloud();
                Cloud cloud = there.connect()) {
            there.stall("GET /compute/v2.1/servers/detail");
            assertThatThrownBy(() -> cloud.compute().servers())
                    .isInstanceOf(CloudTimeout.class)
                    .hasMessageContaining("list servers");
        }
    }

    @Test
    void aConnectionThatIsCutIsUnreachableAndAPostIsNotRepeated() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Cloud cloud = connect(at("http://127.0.0.1:" + socket.getLocalPort()))) {
            AtomicInteger accepted = new AtomicInteger();
            Thread cutter = new Thread(() -> {
                try {
                    while (true) {
                        try (Socket each = socket.accept()) {
                            accepted.incrementAndGet();
                            each.getInputStream().read(new byte[16]);
                        }
                    }
                } catch (IOException closed) {
                    // The test is over.
                }
            });
            cutter.setDaemon(true);
            cutter.start();
            assertThatThrownBy(cloud::projectId).isInstanceOf(CloudUnreachable.class);
            assertThat(accepted).hasValue(1);
        }
    }

    private static Cloud connect(CloudConfig config) {
        return Cloud.of(config, TestingCloud.SHORT, Clock.systemUTC());
    }

    private static CloudConfig at(String url) {
        return new CloudConfig(
                "x",
                new Credentials(URI.create(url + "/identity"), Principal.id("u"), new Secret("p"), Principal.id("h")),
                CloudConfig.Endpoints.PUBLIC,
                Trust.SYSTEM,
                Optional.empty(),
                List.of());
    }
}
