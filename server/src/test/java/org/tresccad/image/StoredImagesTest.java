package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tresccad.image.TestingImages.ADMIN;
import static org.tresccad.image.TestingImages.ANN;
import static org.tresccad.image.TestingImages.BOB;
import static org.tresccad.image.TestingImages.assertKind;
import static org.tresccad.image.TestingImages.raw;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** What uploads, holds and deletion leave of an image and its data. */
final class StoredImagesTest extends StoredImagesFixture {
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

    private byte[] read(ImageId id) throws IOException {
        try (InputStream in = images.open(ANN, id, false)) {
            return in.readAllBytes();
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
}
