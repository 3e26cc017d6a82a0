package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.tresccad.image.TestingImages.ANN;
import static org.tresccad.image.TestingImages.BOB;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

final class ImageImportsTest {
    private static final byte[] DATA = "data of another cloud".getBytes(StandardCharsets.US_ASCII);
    private static final ImageId REMOTE = ImageId.random();

    @TempDir
    private Path directory;

    private final TestingRemoteImages remote = new TestingRemoteImages();
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private TestingImages service;
    private ImageImports imports;

    @BeforeEach
    void open() {
        service = TestingImages.in(directory);
        imports = new ImageImports(service.images, remote, new PublicWeb(false), executor);
    }

    @AfterEach
    void close() {
        imports.close();
        executor.shutdownNow();
        service.close();
    }

    @Test
    void anImageOfAnotherCloudComesWithItsFormatsAndProperties() {
        remote.put(REMOTE, () -> found(DATA.length, new ByteArrayInputStream(DATA)));
        Image image = service.images.create(ANN, without(DiskFormat.QCOW2));

        imports.begin(ANN, image.id(), new ImportMethod.Cloud("edge", REMOTE));

        Image active = await().until(() -> service.images.get(ANN, image.id()), i -> i.status() == ImageStatus.ACTIVE);
        assertThat(active.diskFormat()).contains(DiskFormat.RAW);
        assertThat(active.properties())
                .containsEntry("tresccad_package", "1")
                .doesNotContainKeys("os_glance_secret", "kernel_id");
        assertThat(active.content().sizeBytes()).hasValue(DATA.length);
    }

    @Test
    void anImportThatFailsLeavesTheImageQueuedAndSaysWhy() {
        Image image = service.images.create(ANN, without(DiskFormat.RAW));

        imports.begin(ANN, image.id(), new ImportMethod.Cloud("nowhere", REMOTE));

        Image queued = failed(image.id());
        assertThat(queued.properties().get(ImageImports.FAILURE)).contains("nowhere");
        assertThat(queued.status()).isEqualTo(ImageStatus.QUEUED);
    }

    @Test
    void dataThatEndsEarlyIsNoImport() {
        remote.put(REMOTE, () -> found(DATA.length + 1, new ByteArrayInputStream(DATA)));
        Image image = service.images.create(ANN, without(DiskFormat.RAW));

        imports.begin(ANN, image.id(), new ImportMethod.Cloud("edge", REMOTE));

        assertThat(failed(image.id()).status()).isEqualTo(ImageStatus.QUEUED);
    }

    @Test
    void dataThatIsNotWhatItsDigestSaysIsNoImport() {
        remote.put(
                REMOTE,
                () -> new RemoteImages.Found(
                        "x",
                        Optional.of(DiskFormat.RAW),
                        Optional.of("bare"),
                        Map.of(),
                        OptionalLong.empty(),
                        Optional.of(new ContentDigest("0".repeat(128))),
                        new ByteArrayInputStream(DATA)));
        Image image = service.images.create(ANN, without(DiskFormat.RAW));

        imports.begin(ANN, image.id(), new ImportMethod.Cloud("edge", REMOTE));

        assertThat(failed(image.id()).properties().get(ImageImports.FAILURE)).contains("SHA-512");
    }

    @Test
    void stagedDataIsImportedOnce() throws IOException {
        Image image = service.images.create(ANN, without(DiskFormat.RAW));
        service.images.stage(ANN, image.id(), new ByteArrayInputStream(DATA), new Progress(), new Cancellation());
        assertThat(service.images.get(ANN, image.id()).status()).isEqualTo(ImageStatus.UPLOADING);

        imports.begin(ANN, image.id(), new ImportMethod.Staged());

        await().until(() -> service.images.get(ANN, image.id()).status() == ImageStatus.ACTIVE);
        assertThatThrownBy(() -> imports.begin(ANN, image.id(), new ImportMethod.Staged()))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
    }

    @Test
    void stagedDataOfADeletedImageIsRemoved() throws IOException {
        Image image = service.images.create(ANN, without(DiskFormat.RAW));
        service.images.stage(ANN, image.id(), new ByteArrayInputStream(DATA), new Progress(), new Cancellation());

        service.images.delete(ANN, image.id());

        assertThat(directory.resolve("store/incoming")).isEmptyDirectory();
    }

    @Test
    void nobodyImportsIntoAnImageOfOthers() {
        Image image = service.images.create(ANN, without(DiskFormat.RAW));

        assertThatThrownBy(() -> imports.begin(BOB, image.id(), new ImportMethod.Cloud("edge", REMOTE)))
                .isInstanceOf(ImageNotFound.class);
        assertThat(service.images.get(ANN, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/x",
                "http://localhost/x",
                "http://[::1]/x",
                "http://169.254.169.254/latest/meta-data/",
                "http://10.1.2.3/x",
                "http://0x7f000001/x",
                "http://2130706433/x",
                "file:///etc/shadow",
                "ftp://example.org/x"
            })
    void addressesOnlyThisHostCanReachAreNotOnTheWeb(String location) {
        Image image = service.images.create(ANN, without(DiskFormat.RAW));

        imports.begin(ANN, image.id(), new ImportMethod.Web(URI.create(location)));

        assertThat(failed(image.id()).status()).isEqualTo(ImageStatus.QUEUED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.1.2.3",
                "10.0.0.1",
                "172.16.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "224.0.0.1",
                "255.255.255.255",
                "198.18.0.1",
                "::1",
                "::",
                "fe80::1",
                "fd00::1",
                "::ffff:127.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "ff02::1"
            })
    void specialAddressesArePrivate(String address) throws IOException {
        assertThat(PublicWeb.isPrivate(InetAddress.getByName(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "172.32.0.1", "100.128.0.1", "198.20.0.1", "2001:4860:4860::8888"})
    void ordinaryAddressesArePublic(String address) throws IOException {
        assertThat(PublicWeb.isPrivate(InetAddress.getByName(address))).isFalse();
    }

    private Image failed(ImageId id) {
        return await().until(
                        () -> service.images.get(ANN, id), i -> i.properties().containsKey(ImageImports.FAILURE));
    }

    private static RemoteImages.Found found(long size, InputStream data) {
        return new RemoteImages.Found(
                "remote",
                Optional.of(DiskFormat.RAW),
                Optional.of("bare"),
                Map.of(
                        "tresccad_package",
                        "1",
                        "os_glance_secret",
                        "x",
                        "kernel_id",
                        ImageId.random().toString()),
                OptionalLong.of(size),
                Optional.empty(),
                data);
    }

    private static NewImage without(DiskFormat format) {
        return NewImage.of("import", format, Map.of());
    }
}
