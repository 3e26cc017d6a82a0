package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.tresccad.image.TestingImages.ANN;
import static org.tresccad.image.TestingImages.raw;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** Data that are read while they are still being written. */
final class FollowedUploadTest extends StoredImagesFixture {
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
}
