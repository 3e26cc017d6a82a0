package org.tresccad.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.StringWriter;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tresccad.daemon.config.HostConfig;
import org.tresccad.daemon.config.HostPort;
import org.tresccad.daemon.config.TlsConfig;

class TlsTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

    @TempDir
    Path directory;

    @Test
    void aClientThatTrustsTheCertificateIsServed() throws Exception {
        Tls tls = load("127.0.0.1", Clock.systemUTC());
        try (TestingListener server = new TestingListener(TestingListener.LIMITS, Optional.of(tls.context()))) {
            for (String name : new String[] {"127.0.0.1", "localhost"}) {
                HttpRequest request = HttpRequest.newBuilder(
                                URI.create("https://" + name + ":" + server.port() + "/down?bytes=3000000"))
                        .build();
                assertThat(trusting(tls.certificate(), "TLSv1.3")
                                .send(request, BodyHandlers.ofByteArray())
                                .body())
                        .hasSize(3_000_000);
                assertThat(trusting(tls.certificate(), "TLSv1.2")
                                .send(request, BodyHandlers.discarding())
                                .statusCode())
                        .isEqualTo(200);
            }
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + "/no"))
                    .build();
            assertThatExceptionOfType(SSLHandshakeException.class)
                    .isThrownBy(() -> HttpClient.newHttpClient().send(request, BodyHandlers.discarding()));
        }
    }

    @Test
    void theKeyIsForItsOwnerAlone() throws Exception {
        Tls tls = load("127.0.0.1", at(NOW));
        assertThat(tls.certificate()).isEqualTo(directory.resolve("tls/certificate.pem"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("tls/key.pem"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("tls"))))
                .isEqualTo("rwx------");
    }

    @Test
    void theCertificateNamesWhatTheHostIsReachedBy() throws Exception {
        X509Certificate certificate = certificate(load("198.18.0.11", at(NOW)));
        assertThat(SelfSigned.namesIn(certificate))
                .isEqualTo(new SubjectNames(Set.of("edge-1", "localhost"), Set.of("127.0.0.1", "198.18.0.11")));
        assertThat(certificate.getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofDays(3650)));
    }

    @Test
    void itIsKeptWhileItServesAndRenewedWhenItDoesNot() throws Exception {
        String first = load("198.18.0.11", at(NOW)).fingerprint();
        assertThat(load("198.18.0.11", at(NOW.plus(Duration.ofDays(3600)))).fingerprint())
                .isEqualTo(first);
        assertThat(load("127.0.0.1", at(NOW)).fingerprint())
                .as("a name too many does not hurt")
                .isEqualTo(first);
        String moved = load("198.18.0.12", at(NOW)).fingerprint();
        assertThat(moved).isNotEqualTo(first);
        assertThat(load("198.18.0.12", at(NOW.plus(Duration.ofDays(3625)))).fingerprint())
                .isNotEqualTo(moved);
    }

    @Test
    void aTornPairIsReplaced() throws Exception {
        String first = load("127.0.0.1", at(NOW)).fingerprint();
        Files.writeString(directory.resolve("tls/key.pem"), "-----BEGIN PRIVATE KEY-----\n");
        assertThat(load("127.0.0.1", at(NOW)).fingerprint()).isNotEqualTo(first);
    }

    @Test
    void guestsAddressesAreNotNamed() throws Exception {
        InetAddress any = InetAddress.getByName("0.0.0.0");
        assertThat(SubjectNames.of("h", any, address -> true).addresses()).containsExactly("127.0.0.1");
        assertThat(SubjectNames.of("under_score", any, address -> true).dns()).containsExactly("localhost");
    }

    @ParameterizedTest
    @CsvSource({"EC, true", "EC, false", "RSA, true", "RSA, false"})
    void theOperatorsKeyMayBeOfAnyKind(String algorithm, boolean pkcs8) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(algorithm.equals("EC") ? 256 : 2048);
        KeyPair keys = generator.generateKeyPair();
        Path certificate = directory.resolve("own.pem");
        Path key = directory.resolve("own.key");
        pem(certificate, TestingCertificates.selfSigned(keys));
        pem(
                key,
                pkcs8
                        ? new JcaPKCS8Generator(keys.getPrivate(), null)
                        : TestingCertificates.inOpensslsOwnForm(keys.getPrivate()));
        assertThat(own(certificate, key).fingerprint()).matches("([0-9A-F]{2}:){31}[0-9A-F]{2}");
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        Path certificate = directory.resolve("own.pem");
        Path key = directory.resolve("own.key");
        pem(certificate, TestingCertificates.selfSigned(generator.generateKeyPair()));
        pem(key, new JcaPKCS8Generator(generator.generateKeyPair().getPrivate(), null));
        assertThatExceptionOfType(TlsUnusable.class)
                .isThrownBy(() -> own(certificate, key))
                .withMessage("The key " + key + " is not the key of the certificate " + certificate);
        assertThatExceptionOfType(TlsUnusable.class)
                .isThrownBy(() -> own(certificate, certificate))
                .withMessageContaining("There is no private key in");
        assertThatExceptionOfType(TlsUnusable.class)
                .isThrownBy(() -> own(directory.resolve("none"), key))
                .withMessageContaining("cannot be read");
    }

    private Tls load(String listen, Clock clock) {
        return Tls.load(
                new TlsConfig(true, Optional.empty()), host(), new HostPort(listen, 8774), address -> false, clock);
    }

    private Tls own(Path certificate, Path key) {
        TlsConfig config = new TlsConfig(true, Optional.of(new TlsConfig.KeyFiles(certificate, key)));
        return Tls.load(config, host(), new HostPort("127.0.0.1", 8774), address -> false, at(NOW));
    }

    private HostConfig host() {
        return new HostConfig("edge-1", directory, "RegionOne", 0, 0);
    }

    private static Clock at(Instant instant) {
        return Clock.fixed(instant, ZoneOffset.UTC);
    }

    private static void pem(Path file, Object object) throws Exception {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        Files.writeString(file, text.toString());
    }

    private static X509Certificate certificate(Tls tls) throws Exception {
        try (var in = Files.newInputStream(tls.certificate())) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static HttpClient trusting(Path certificate, String protocol) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (var in = Files.newInputStream(certificate)) {
            store.setCertificateEntry(
                    "host", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        return HttpClient.newBuilder()
                .sslContext(context)
                .sslParameters(parameters)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }
}
