package org.tresccad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.cli.TestingShell.Ran;
import org.tresccad.client.TestingCertificate;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.http.PresentedCertificate;

class MakeConfigTest {
    @TempDir
    Path directory;

    @Test
    void writesACloudThatWorksAndThatOnlyTheOwnerCanRead() throws Exception {
        try (TestingCloud cloud = new TestingCloud()) {
            TestingShell shell = new TestingShell(directory);
            Ran ran = make(shell, cloud, TestingCloud.PASSWORD);
            assertThat(ran.code()).as(ran.err()).isZero();
            Path file = shell.home.resolve(".config/openstack/clouds.yaml");
            assertThat(TestingShell.permissions(file)).isEqualTo("rw-------");
            assertThat(ran.out() + ran.err()).doesNotContain(TestingCloud.PASSWORD);
            assertThat(shell.run("list").code()).isZero();
            assertThat(make(shell, cloud, TestingCloud.PASSWORD).code()).isEqualTo(ExitCode.CONFIG.number());
            assertThat(make(shell, cloud, TestingCloud.PASSWORD, "--force").code())
                    .isZero();
        }
    }

    @Test
    void aPasswordThatDoesNotWorkIsNotWritten() throws Exception {
        try (TestingCloud cloud = new TestingCloud()) {
            TestingShell shell = new TestingShell(directory);
            assertThat(make(shell, cloud, "wrong").code()).isEqualTo(ExitCode.REFUSED.number());
            assertThat(shell.home.resolve(".config/openstack/clouds.yaml")).doesNotExist();
            assertThat(make(shell, cloud, "wrong", "--no-check").code()).isZero();
        }
    }

    @Test
    void withoutATerminalThePasswordMustComeFromStandardInput() throws Exception {
        try (TestingCloud cloud = new TestingCloud()) {
            TestingShell shell = new TestingShell(directory);
            assertThat(make(shell, cloud, "").code()).isEqualTo(ExitCode.CONFIG.number());
        }
    }

    @Test
    void aFingerprintPinsTheCertificateOfTheHost() throws Exception {
        TestingCertificate certificate = TestingCertificate.forAddress("127.0.0.1");
        try (TestingCloud cloud = new TestingCloud(Optional.of(certificate.context()))) {
            TestingShell shell = new TestingShell(directory);
            assertThat(make(shell, cloud, TestingCloud.PASSWORD, "--fingerprint", "SHA256:00")
                            .err())
                    .contains("another certificate");
            String right = PresentedCertificate.of(URI.create(cloud.url()), TestingCloud.SHORT.connect())
                    .fingerprint();
            Ran ran = make(shell, cloud, TestingCloud.PASSWORD, "--fingerprint", "SHA256:" + right);
            assertThat(ran.code()).as(ran.err()).isZero();
            assertThat(Files.readString(shell.home.resolve(".config/openstack/clouds.yaml")))
                    .contains("edge.pem");
            assertThat(shell.run("list").code()).isZero();
        }
    }

    private static Ran make(TestingShell shell, TestingCloud cloud, String password, String... more) {
        String[] base = {
            "make_config",
            "edge",
            "--auth-url",
            cloud.url() + "/identity",
            "--username",
            "demo",
            "--project",
            "home",
            "--password-stdin"
        };
        String[] all = Arrays.copyOf(base, base.length + more.length);
        System.arraycopy(more, 0, all, base.length, more.length);
        return shell.run(password + "\n", all);
    }
}
