package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.tresccad.image.TestingImages.ADMIN;
import static org.tresccad.image.TestingImages.ANN;
import static org.tresccad.image.TestingImages.BOB;
import static org.tresccad.image.TestingImages.assertKind;
import static org.tresccad.image.TestingImages.raw;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

final class StoredImagesTest {
    private static final byte[] DATA = random(300_000);

    @TempDir
    private Path directory;

    private TestingImages service;
    private StoredImages images;

    @BeforeEach
    void open() {
        service = TestingImages.in(directory);
        images = service.images;
    }

    @AfterEach
    void close() {
        service.close();
    }

    @Test
    void whatWasUploadedCanBeReadAndIsDescribed() throws IOException {
        Image image = service.upload(raw("disk"), "abc".getBytes(StandardCharsets.US_ASCII));

        assertThat(image.status()).isEqualTo(ImageStatus.ACTIVE);
        assertThat(image.content().sizeBytes()).hasValue(3);
        assertThat(image.content().virtualSizeBytes()).hasValue(3);
        // MD5 and SHA-512 of "abc": RFC 1321, section A.5, and RFC 6234, section 8.5.
        assertThat(image.content().md5()).contains("900150983cd24fb0d6963f7d28e17f72");
        assertThat(image.content().digest().orElseThrow().sha512()).startsWith("ddaf35a193617abacc417349ae204131");
        assertThat(read(image.id())).isEqualTo("abc".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void whatAnImageKeepsOutlivesItsOwnImageAndNotTheKeeper() throws IOException {
        Image base = service.upload(raw("base"), DATA);
        ContentDigest digest = base.content().digest().orElseThrow();
        Image standing = service.upload(raw("standing on it"), "delta".getBytes(StandardCharsets.US_ASCII));
        images.keep(standing.id(), digest);
        images.delete(ANN, base.id());
        assertThat(service.contents.find(digest).orElseThrow().path()).hasBinaryContent(DATA);
        assertThat(images.offers(ANN, digest)).isTrue();
        assertThat(images.offers(BOB, digest)).isFalse();

        images.delete(ANN, standing.id());
        assertThat(service.contents.find(digest)).isEmpty();
        assertThat(files()).isEmpty();
    }

    @Test
    void anImageThatIsGoneKeepsNothing() throws IOException {
        Image base = service.upload(raw("base"), DATA);
        Image gone = images.create(ANN, raw("gone"));
        images.discard(gone.id());
        images.keep(gone.id(), base.content().digest().orElseThrow());
        images.delete(ANN, base.id());
        assertThat(files()).isEmpty();
    }

    @Test
    void identicalContentIsStoredOnce() throws IOException {
        Image one = service.upload(raw("one"), DATA);
        Image two = service.upload(raw("two"), DATA);

        assertThat(files()).hasSize(1);
        images.delete(ANN, one.id());
        assertThat(read(two.id())).isEqualTo(DATA);
        images.delete(ANN, two.id());
        assertThat(files()).isEmpty();
    }

    @Test
    void zerosTakeNoRoom() throws IOException {
        Image image = service.upload(raw("zeros"), new byte[8 << 20]);

        Path file = images.content(ANN, image.id()).path();
        assertThat(Files.size(file)).isEqualTo(8 << 20);
        assertThat(allocatedBytes(file)).isLessThan(1 << 20);
    }

    @Test
    void anUploadThatBreaksOffLeavesNothingAndTheImageQueued() throws IOException {
        Image image = images.create(ANN, raw("disk"));

        assertThatThrownBy(() ->
                        images.upload(ANN, image.id(), breakingAfter(200_000), new Progress(), new Cancellation()))
                .isInstanceOf(IOException.class);

        assertThat(images.get(ANN, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
        assertThat(files()).isEmpty();
        images.upload(ANN, image.id(), new ByteArrayInputStream(DATA), new Progress(), new Cancellation());
        assertThat(read(image.id())).isEqualTo(DATA);
    }

    @Test
    void anUploadShorterThanPromisedIsRefused() {
        Image image = images.create(ANN, raw("disk"));
        Progress progress = new Progress();
        progress.expect(DATA.length + 1);

        assertKind(
                ErrorKind.BAD_REQUEST,
                () -> images.upload(ANN, image.id(), new ByteArrayInputStream(DATA), progress, new Cancellation()));
        assertThat(images.get(ANN, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
        assertThat(files()).isEmpty();
    }

    @Test
    void anUploadWithoutRoomIsRefusedBeforeItBegins() {
        Image image = images.create(ANN, raw("disk"));
        service.usableBytes.set(ImageLimits.DEFAULT.reserveBytes() + 1000);
        Progress progress = new Progress();
        progress.expect(1001);

        assertKind(
                ErrorKind.NO_SPACE,
                () -> images.upload(ANN, image.id(), InputStream.nullInputStream(), progress, new Cancellation()));
        assertThat(images.get(ANN, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
    }

    @Test
    void anUploadOfUnknownSizeEndsWhenItReachesTheReserve() {
        Image image = images.create(ANN, raw("disk"));

        assertKind(
                ErrorKind.NO_SPACE,
                () -> images.store(
                        ANN,
                        image.id(),
                        out -> {
                            service.usableBytes.set(ImageLimits.DEFAULT.reserveBytes() - 1);
                            out.write(new byte[65 << 20]);
                        },
                        new Cancellation()));
        assertThat(files()).isEmpty();
    }

    @Test
    void anUploadLargerThanAllowedIsRefused() throws IOException {
        service.close();
        service = TestingImages.in(directory, new ImageLimits(10, 0, 1000, 1000, 0, 10, 10, 10));

        assertKind(ErrorKind.TOO_LARGE, () -> service.upload(raw("large"), new byte[1001]));
        assertThat(service.upload(raw("fits"), new byte[1000]).status()).isEqualTo(ImageStatus.ACTIVE);
    }

    @Test
    void aFileThatCannotBeTakenInLeavesNothingBehind() throws IOException {
        service.close();
        service = TestingImages.in(directory, new ImageLimits(10, 0, 1000, 1000, 0, 10, 10, 10));
        Path kernel = Files.write(directory.resolve("kernel"), new byte[1001]);

        assertKind(ErrorKind.TOO_LARGE, () -> service.contents.add(kernel, DiskFormat.AKI, "an instance"));
        assertThat(files()).isEmpty();
    }

    @Test
    void aProjectHasNoMoreImagesAndBytesThanItsQuota() throws IOException {
        service.close();
        service = TestingImages.in(directory, new ImageLimits(2, 1000, 1000, 1000, 0, 1, 1, 10));
        service.upload(raw("one"), random(600));

        assertKind(ErrorKind.QUOTA_EXCEEDED, () -> service.upload(raw("two"), random(401)));
        assertKind(ErrorKind.QUOTA_EXCEEDED, () -> service.images.create(ANN, raw("three")));
        assertThat(service.images.create(BOB, raw("of somebody else")).owner()).isEqualTo(BOB.projectId());
        assertKind(
                ErrorKind.QUOTA_EXCEEDED,
                () -> service.images.create(BOB, raw("x").withProperties(Map.of("a", "1", "b", "2"))));
    }

    @Test
    void aReaderMayFollowAnUploadToItsEnd() throws Exception {
        Image image = images.create(ANN, raw("disk"));
        CountDownLatch halfRead = new CountDownLatch(1);
        CompletableFuture<Image> upload = CompletableFuture.supplyAsync(() -> storing(image.id(), out -> {
            out.write(DATA, 0, 150_000);
            out.flush();
            awaitLatch(halfRead);
            out.write(DATA, 150_000, DATA.length - 150_000);
        }));
        await().until(() -> images.get(ANN, image.id()).status() == ImageStatus.SAVING);

        try (InputStream follower = images.open(ANN, image.id(), true)) {
            byte[] half = follower.readNBytes(150_000);
            halfRead.countDown();
            byte[] rest = follower.readAllBytes();

            assertThat(half).isEqualTo(Arrays.copyOf(DATA, 150_000));
            assertThat(rest).isEqualTo(Arrays.copyOfRange(DATA, 150_000, DATA.length));
        }
        assertThat(upload.get(60, TimeUnit.SECONDS).status()).isEqualTo(ImageStatus.ACTIVE);
    }

    @Test
    void aFollowerOfAFailedUploadGetsAnErrorAndNoEnd() throws Exception {
        Image image = images.create(ANN, raw("disk"));
        CountDownLatch halfRead = new CountDownLatch(1);
        CompletableFuture<Image> upload = CompletableFuture.supplyAsync(() -> storing(image.id(), out -> {
            out.write(DATA, 0, 150_000);
            out.flush();
            awaitLatch(halfRead);
            throw new IOException("the source broke");
        }));
        await().until(() -> images.get(ANN, image.id()).status() == ImageStatus.SAVING);

        try (InputStream follower = images.open(ANN, image.id(), true)) {
            follower.readNBytes(150_000);
            halfRead.countDown();

            assertThatThrownBy(follower::read).isInstanceOf(IOException.class).hasMessageContaining("failed");
        }
        assertThat(upload).failsWithin(60, TimeUnit.SECONDS);
    }

    @Test
    void aFollowerOfRefusedContentGetsAnErrorAlthoughItReadAllBytes() throws Exception {
        Image image = images.create(ANN, raw("disk"));
        CountDownLatch allRead = new CountDownLatch(1);
        byte[] vmdk = Arrays.copyOf("KDMV".getBytes(StandardCharsets.US_ASCII), 1000);
        CompletableFuture<Image> upload = CompletableFuture.supplyAsync(() -> storing(image.id(), out -> {
            out.write(vmdk);
            out.flush();
            awaitLatch(allRead);
        }));
        await().until(() -> images.get(ANN, image.id()).status() == ImageStatus.SAVING);

        try (InputStream follower = images.open(ANN, image.id(), true)) {
            follower.readNBytes(vmdk.length);
            allRead.countDown();

            assertThatThrownBy(follower::read).isInstanceOf(IOException.class);
        }
        assertThat(upload).failsWithin(60, TimeUnit.SECONDS);
    }

    @Test
    void dataThatIsOnlyPassingIsReadOnceAndNotKept() throws Exception {
        Image image = images.create(ANN, raw("package").withProperties(Map.of("tresccad_passing", "true")));
        CompletableFuture<Image> upload = CompletableFuture.supplyAsync(() -> {
            try {
                return images.upload(
                        ANN, image.id(), new ByteArrayInputStream(DATA), new Progress(), new Cancellation());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        await().until(() -> images.get(ANN, image.id()).status() == ImageStatus.SAVING);

        try (InputStream follower = images.open(ANN, image.id(), true)) {
            assertThat(follower.readAllBytes()).isEqualTo(DATA);
        }

        assertThat(upload.get(60, TimeUnit.SECONDS).content()).isEqualTo(Image.Content.NONE);
        assertThat(images.get(ANN, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
        assertThatThrownBy(() -> images.open(ANN, image.id(), true)).isInstanceOf(ImageHasNoData.class);
        assertThat(files()).isEmpty();
    }

    @Test
    void followingAnImageThatNobodyWritesIsAnError() {
        Image image = images.create(ANN, raw("disk"));

        assertThatThrownBy(() -> images.open(ANN, image.id(), true)).isInstanceOf(ImageHasNoData.class);
    }

    @Test
    void twoUploadsAtOnceAreOneTooMany() {
        Image image = images.create(ANN, raw("disk"));

        storing(image.id(), out -> {
            out.write(1);
            assertKind(
                    ErrorKind.CONFLICT,
                    () -> images.upload(
                            ANN, image.id(), new ByteArrayInputStream(DATA), new Progress(), new Cancellation()));
        });

        assertThat(images.get(ANN, image.id()).content().sizeBytes()).hasValue(1);
    }

    @Test
    void aCancelledUploadLeavesNothing() {
        Image image = images.create(ANN, raw("disk"));
        Cancellation cancellation = new Cancellation();

        assertThatThrownBy(() -> images.store(
                        ANN,
                        image.id(),
                        out -> {
                            out.write(DATA);
                            cancellation.cancel("no longer wanted");
                            out.write(DATA);
                        },
                        cancellation))
                .hasMessageContaining("no longer wanted");
        assertThat(images.get(ANN, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
        assertThat(files()).isEmpty();
    }

    @Test
    void deletingAnImageEndsItsUpload() {
        Image image = images.create(ANN, raw("disk"));

        assertThatThrownBy(() -> storing(image.id(), out -> {
                    out.write(DATA);
                    images.delete(ANN, image.id());
                    out.write(DATA);
                }))
                .isInstanceOf(TresccadException.class);
        assertKind(ErrorKind.NOT_FOUND, () -> images.get(ANN, image.id()));
        assertThat(files()).isEmpty();
    }

    @Test
    void anImageDeletedAtTheLastMomentLeavesNothing() {
        Image image = images.create(ANN, raw("disk"));

        assertKind(
                ErrorKind.CONFLICT,
                () -> storing(image.id(), out -> {
                    out.write(1);
                    images.delete(ANN, image.id());
                }));
        assertThat(files()).isEmpty();
    }

    @Test
    void aRestartPutsHalfUploadsAndStrayFilesInOrder() throws IOException {
        Image complete = service.upload(raw("complete"), DATA);
        Image half = images.create(ANN, raw("half"));
        service.database.execute(transaction -> transaction
                .createUpdate("UPDATE image SET status = 'saving' WHERE id = :id")
                .bind("id", half.id().toString())
                .execute());
        Path store = directory.resolve("store");
        Files.writeString(store.resolve("incoming").resolve("1234.part"), "half");
        Path stray = store.resolve("content").resolve("ab").resolve("ab".repeat(64));
        Files.createDirectories(stray.getParent());
        Files.writeString(stray, "stray");
        service.close();

        service = TestingImages.in(directory);
        images = service.images;

        assertThat(images.get(ANN, half.id()).status()).isEqualTo(ImageStatus.QUEUED);
        assertThat(files()).hasSize(1);
        assertThat(read(complete.id())).isEqualTo(DATA);
    }

    @Test
    void heldContentStaysUntilItIsReleased() throws IOException {
        Image image = service.upload(raw("base"), DATA);
        ContentDigest digest = image.content().digest().orElseThrow();
        service.database.execute(transaction -> {
            service.contents.hold(transaction, digest, "instance-1");
            service.contents.hold(transaction, digest, "instance-1");
            service.contents.hold(transaction, digest, "instance-2");
        });

        images.delete(ANN, image.id());
        service.database.execute(transaction -> service.contents.releaseAll(transaction, "instance-1"));
        service.contents.sweep();
        assertThat(service.contents.find(digest)).isPresent();

        service.database.execute(transaction -> service.contents.releaseAll(transaction, "instance-2"));
        service.contents.sweep();
        assertThat(service.contents.find(digest)).isEmpty();
        assertThat(files()).isEmpty();
    }

    @Test
    void contentThatIsNotHereCannotBeHeld() {
        ContentDigest digest = new ContentDigest("0".repeat(128));

        assertThatThrownBy(() -> service.database.execute(
                        transaction -> service.contents.hold(transaction, digest, "instance-1")))
                .isInstanceOf(ContentMissing.class);
    }

    @Test
    void contentThatVanishedFromDiskIsMissingUntilItIsUploadedAgain() throws IOException {
        Image image = service.upload(raw("disk"), DATA);
        Files.delete(images.content(ANN, image.id()).path());

        assertThatThrownBy(() -> images.content(ANN, image.id())).isInstanceOf(ContentMissing.class);
        service.upload(raw("again"), DATA);
        assertThat(read(image.id())).isEqualTo(DATA);
    }

    @Test
    void anIdIsNeverUsedTwice() {
        ImageId id = ImageId.random();
        NewImage request = withId(id);
        images.create(ANN, request);

        assertKind(ErrorKind.CONFLICT, () -> images.create(BOB, request));
        images.delete(ANN, id);
        assertKind(ErrorKind.CONFLICT, () -> images.create(ANN, request));
    }

    @Test
    void aProtectedImageCannotBeDeleted() {
        NewImage plain = raw("disk");
        Image image = images.create(
                ANN,
                new NewImage(
                        Optional.empty(),
                        "disk",
                        Visibility.PRIVATE,
                        plain.diskFormat(),
                        plain.containerFormat(),
                        0,
                        0,
                        true,
                        false,
                        plain.tags(),
                        plain.properties()));

        assertKind(ErrorKind.FORBIDDEN, () -> images.delete(ANN, image.id()));
        assertThat(images.get(ANN, image.id())).isEqualTo(image);
    }

    @Test
    void deactivatedDataIsForAdministratorsOnly() throws IOException {
        Image image = service.upload(raw("disk"), DATA);

        images.deactivate(ANN, image.id());
        assertKind(ErrorKind.FORBIDDEN, () -> images.open(ANN, image.id(), false));
        images.open(ADMIN, image.id(), false).close();
        images.reactivate(ANN, image.id());
        assertThat(read(image.id())).isEqualTo(DATA);
    }

    @Test
    void reservedPropertiesAreTheServicesOwn() {
        NewImage reserved = raw("disk").withProperties(Map.of("os_glance_x", "1"));

        assertKind(ErrorKind.FORBIDDEN, () -> images.create(ANN, reserved));
        Image image = images.create(ANN, raw("disk"));
        assertKind(ErrorKind.FORBIDDEN, () -> images.update(ANN, image.id(), old -> reserved));
    }

    @Test
    void formatsStayOnceThereIsData() throws IOException {
        Image image = service.upload(raw("disk"), DATA);

        assertKind(
                ErrorKind.FORBIDDEN,
                () -> images.update(
                        ANN, image.id(), old -> old.withFormats(Optional.of(DiskFormat.QCOW2), old.containerFormat())));
    }

    @Test
    void tagsComeAndGo() {
        Image image = images.create(ANN, raw("disk"));

        images.tag(ANN, image.id(), "a/b");
        images.tag(ANN, image.id(), "a/b");
        assertThat(images.get(ANN, image.id()).tags()).containsExactly("a/b");
        images.untag(ANN, image.id(), "a/b");
        assertThat(images.get(ANN, image.id()).tags()).isEmpty();
        assertKind(ErrorKind.NOT_FOUND, () -> images.untag(ANN, image.id(), "a/b"));
    }

    private Image storing(ImageId id, Images.Writer writer) {
        try {
            return images.store(ANN, id, writer, new Cancellation());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] read(ImageId id) throws IOException {
        try (InputStream in = images.open(ANN, id, false)) {
            return in.readAllBytes();
        }
    }

    private List<Path> files() {
        try (Stream<Path> all = Files.walk(directory.resolve("store"))) {
            return all.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long allocatedBytes(Path file) throws IOException {
        Process du = new ProcessBuilder("du", "--block-size=1", file.toString()).start();
        String answer = new String(du.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        return Long.parseLong(answer.split("\\s", 2)[0]);
    }

    private static NewImage withId(ImageId id) {
        NewImage plain = raw("disk");
        return new NewImage(
                Optional.of(id),
                plain.name(),
                plain.visibility(),
                plain.diskFormat(),
                plain.containerFormat(),
                0,
                0,
                false,
                false,
                plain.tags(),
                plain.properties());
    }

    private static InputStream breakingAfter(int bytes) {
        return new FilterInputStream(new ByteArrayInputStream(DATA)) {
            private int given;

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                if (given >= bytes) {
                    throw new IOException("connection reset");
                }
                int count = super.read(target, offset, Math.min(length, bytes - given));
                given += count;
                return count;
            }
        };
    }

    private static void awaitLatch(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IOException("the test does not go on");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static byte[] random(int length) {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        return data;
    }
}
