package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.tresccad.error.TresccadException;

/** Data that goes through without being kept. */
class PassageTest {
    private static final int MIB = 1 << 20;

    private final Passage passage = new Passage(Duration.ofSeconds(30));

    @Test
    void everythingComesOutInItsOrderThoughThereIsRoomForLittle() throws IOException {
        byte[] data = new byte[10 * MIB + 12_345];
        new Random(1).nextBytes(data);
        CompletableFuture<Void> writing = write(data);
        try (InputStream in = passage.take()) {
            assertThat(in.readAllBytes()).isEqualTo(data);
        }
        writing.join();
    }

    @Test
    void aFailedUploadIsAnErrorAndNeverAnEnd() throws IOException {
        passage.output().write(new byte[100]);
        try (InputStream in = passage.take()) {
            assertThat(in.readNBytes(100)).hasSize(100);
            CompletableFuture<Integer> next = CompletableFuture.supplyAsync(() -> read(in));
            passage.fail("its data did not arrive whole");
            assertThatThrownBy(next::join).hasMessageContaining("did not arrive whole");
        }
    }

    @Test
    void whatFailsAfterTheReaderHasEverythingComesTooLate() throws IOException {
        CompletableFuture<Void> writing = write(new byte[] {7});
        try (InputStream in = passage.take()) {
            assertThat(in.read()).isEqualTo(7);
            writing.join();
            passage.fail("late");
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void aReaderThatGivesUpDoesNotHoldTheWriter() {
        CompletableFuture<Void> writing = write(new byte[10 * MIB]);
        InputStream in = passage.take();
        await("some of it").until(() -> read(in) >= 0);
        assertThat(writing).isNotDone();
        close(in);
        writing.join();
    }

    @Test
    void thereIsOneReader() throws IOException {
        try (InputStream in = passage.take()) {
            assertThat(in.available()).isZero();
            assertThatThrownBy(passage::take)
                    .isInstanceOf(TresccadException.class)
                    .hasMessageContaining("one reader only");
        }
    }

    @Test
    void aWriterWhoseDataNobodyTakesFails() {
        Passage forgotten = new Passage(Duration.ofMillis(20));
        assertThatThrownBy(() -> forgotten.output().write(new byte[10 * MIB]))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining("Nobody took");
    }

    @Test
    void anEndedUploadEndsTheWaitOfItsWriter() {
        CompletableFuture<Void> writing = write(new byte[10 * MIB]);
        passage.fail("the image was deleted");
        assertThatThrownBy(writing::join)
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("the image was deleted");
    }

    private CompletableFuture<Void> write(byte[] data) {
        return CompletableFuture.runAsync(() -> {
            try (OutputStream out = passage.output()) {
                out.write(data);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            passage.complete();
        });
    }

    private static int read(InputStream in) {
        try {
            return in.read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(InputStream in) {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
