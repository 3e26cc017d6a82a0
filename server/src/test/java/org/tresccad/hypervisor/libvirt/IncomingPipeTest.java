package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.hypervisor.SaveImageHeader;
import org.tresccad.testing.TestingSaveImage;

@Timeout(180)
final class IncomingPipeTest {
    private static final DomainName NAME = new DomainName("tresccad-3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11");
    private static final String XML = "<domain>fresh</domain>";

    @TempDir
    Path directory;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void end() {
        timer.shutdownNow();
    }

    /** More than a pipe takes in before somebody reads it. */
    private static byte[] image() {
        byte[] page = new byte[4096];
        Arrays.fill(page, (byte) 7);
        return TestingSaveImage.of(List.of(page, page, page), 10, new byte[2 << 20])
                .bytes();
    }

    private IncomingPipe begin(IncomingPipe.Restore restore, Duration patience) {
        return IncomingPipe.begin(NAME, directory.resolve("memory"), XML, restore, timer, patience);
    }

    private static void write(IncomingPipe pipe, byte[] bytes, int step) {
        for (int at = 0; at < bytes.length; at += step) {
            byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(at + step, bytes.length));
            pipe.write(piece, piece.length);
        }
    }

    @Test
    void whatComesOutIsTheImageWithTheOtherXmlAndItsEndOnlyWhenItIsWhole() throws IOException {
        byte[] image = image();
        for (int step : new int[] {91, 5000, image.length}) {
            byte[] expected = expected(image);
            CountDownLatch allButTheEnd = new CountDownLatch(1);
            byte[] taken = new byte[image.length];
            try (IncomingPipe pipe = begin(
                    path -> CompletableFuture.runAsync(() -> {
                        try (var in = Files.newInputStream(path)) {
                            int before = in.readNBytes(taken, 0, image.length - 65_536);
                            allButTheEnd.countDown();
                            in.readNBytes(taken, before, 65_536);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }),
                    Duration.ofMinutes(1))) {
                write(pipe, image, step);
                await(allButTheEnd);
                assertThat(Arrays.copyOfRange(taken, image.length - 65_536, image.length))
                        .containsOnly(0);
                pipe.complete();
            }
            assertThat(taken).isEqualTo(expected);
            Files.delete(directory.resolve("memory"));
        }
    }

    private byte[] expected(byte[] image) throws IOException {
        Path file = directory.resolve("expected");
        Files.write(file, image);
        SaveImageHeader.replaceXml(file, XML);
        return Files.readAllBytes(file);
    }

    @Test
    void aRestoreThatFailsEndsTheWriteThatWaitsForIt() {
        CompletableFuture<Void> failed = new CompletableFuture<>();
        var unused = timer.schedule(
                () -> failed.completeExceptionally(new HypervisorRefused("QEMU would not have it")),
                200,
                TimeUnit.MILLISECONDS);
        try (IncomingPipe pipe = begin(path -> failed, Duration.ofMinutes(1))) {
            assertThatThrownBy(() -> write(pipe, image(), 5000))
                    .isInstanceOf(HypervisorRefused.class)
                    .hasMessage("QEMU would not have it");
        }
    }

    @Test
    void whoHasTakenEverythingAndWaitsForMoreFindsTheEnd() {
        CompletableFuture<Integer> found = new CompletableFuture<>();
        CompletableFuture<Void> failed = new CompletableFuture<>();
        IncomingPipe.Restore greedy = path -> {
            var unused = CompletableFuture.runAsync(() -> {
                try (var in = Files.newInputStream(path)) {
                    found.complete(in.readAllBytes().length);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                failed.completeExceptionally(new HypervisorRefused("QEMU would have had more"));
            });
            return failed;
        };
        byte[] cut = Arrays.copyOf(image(), 1 << 20);
        try (IncomingPipe pipe = begin(greedy, Duration.ofMinutes(10))) {
            write(pipe, cut, 5000);
            assertThatThrownBy(pipe::complete).hasMessage("QEMU would have had more");
        }
        assertThat(found).isCompletedWithValue(cut.length);
    }

    @Test
    void aWriteThatNobodyTakesEndsInTime() {
        CompletableFuture<Void> never = new CompletableFuture<>();
        try (IncomingPipe pipe = begin(path -> never, Duration.ofMillis(300))) {
            assertThatThrownBy(() -> write(pipe, image(), 5000)).isInstanceOf(HypervisorUnavailable.class);
        }
    }

    @Test
    void whoOpensItTooLateFindsItEmpty() {
        CountDownLatch isClosing = new CountDownLatch(1);
        CompletableFuture<Integer> found = new CompletableFuture<>();
        IncomingPipe.Restore late = path -> CompletableFuture.runAsync(() -> {
            await(isClosing);
            try (var in = Files.newInputStream(path)) {
                found.complete(in.read());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        IncomingPipe pipe = begin(late, Duration.ofMinutes(1));
        byte[] start = "LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII);
        pipe.write(start, start.length);
        var unused = timer.schedule(isClosing::countDown, 200, TimeUnit.MILLISECONDS);
        pipe.close();
        assertThat(found).isCompletedWithValue(-1);
    }

    @Test
    void whatIsNoSaveImageIsRefused() {
        try (IncomingPipe pipe = begin(path -> new CompletableFuture<>(), Duration.ofMillis(100))) {
            assertThatThrownBy(pipe::complete).isInstanceOfSatisfying(TresccadException.class, e -> assertThat(e.kind())
                    .isEqualTo(ErrorKind.INVALID_CONTENT));
            assertThatThrownBy(() -> pipe.write(new byte[200], 200))
                    .isInstanceOfSatisfying(
                            TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
