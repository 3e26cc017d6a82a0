package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.tresccad.vmpackage.TestingDeltas.AHEAD;
import static org.tresccad.vmpackage.TestingPackages.PART;
import static org.tresccad.vmpackage.TestingPackages.WORKERS;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Progress;
import org.tresccad.testing.TestingSaveImage;

@Timeout(180)
final class AheadBlocksTest {
    private static final PackageWriter WRITER = new PackageWriter(WORKERS, PART);
    private static final Manifest MANIFEST = TestingDeltas.manifest(Set.of(Member.DISK), List.of(AHEAD));

    private final BlockIndex index = TestingDeltas.index();
    private final AheadBlocks ahead = WRITER.ahead(MANIFEST, index, PackageLimits.STANDARD);

    @TempDir
    private Path directory;

    /** A package whose kernel follows blocks of a part's size each. */
    static byte[] packed(List<byte[]> offered, byte[] kernel) throws IOException {
        BlockIndex index = TestingDeltas.index();
        Manifest manifest = TestingDeltas.manifest(Set.of(Member.KERNEL), List.of(AHEAD));
        AheadBlocks ahead = WRITER.ahead(manifest, index, PackageLimits.STANDARD);
        for (byte[] block : offered) {
            ahead.offer(block, 0, block.length);
        }
        ahead.close();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        WRITER.write(
                manifest,
                Map.of(Member.AHEAD, ahead, Member.KERNEL, TestingPackages.source(kernel)),
                index,
                out,
                new Progress(),
                new Cancellation());
        return out.toByteArray();
    }

    /** Closes {@code out} in the end: a pipe whose writing thread ends without that is broken to its reader. */
    private CompletableFuture<PackageSummary> inBackground(MemberSource disk, OutputStream out) {
        return CompletableFuture.supplyAsync(() -> {
            try (out) {
                return WRITER.write(
                        MANIFEST,
                        Map.of(Member.AHEAD, ahead, Member.DISK, disk),
                        index,
                        out,
                        new Progress(),
                        new Cancellation());
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    private static byte[] read(InputStream in) throws IOException {
        return in.readAllBytes();
    }

    @Test
    void blockIsSentOnceAndZerosNever() throws IOException {
        byte[] one = noise(PART, 1);
        byte[] two = noise(PART, 2);
        for (byte[] block : List.of(one, two, one, new byte[PART], two)) {
            ahead.offer(block, 0, PART);
        }
        ahead.close();
        assertThat(ahead.counts()).isEqualTo(new AheadBlocks.Counts(5, 2, 2L * PART, 2L * PART));
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(one);
        both.writeBytes(two);
        assertThat(read(ahead.open())).isEqualTo(both.toByteArray());
    }

    @Test
    void blockThatTheReaderHasIsNotSent() throws IOException {
        byte[] known = noise(PART, 1);
        index.add(known, 0, PART, 3, 0);
        ahead.offer(known, 0, PART);
        ahead.close();
        assertThat(read(ahead.open())).isEmpty();
    }

    @Test
    void membersAreGivenRelativeToWhatWentAhead() throws IOException {
        byte[] kernel = noise(5 * PART, 1);
        List<byte[]> offered = new ArrayList<>();
        for (int i = 4; i >= 0; i--) {
            offered.add(Arrays.copyOfRange(kernel, i * PART, (i + 1) * PART));
        }
        byte[] bytes = packed(offered, kernel);
        assertThat(TestingDeltas.deltas(bytes)).isEqualTo(5);
        assertThat(TestingDeltas.unpack(bytes, Map.of()).get(Member.KERNEL)).isEqualTo(kernel);
    }

    @Test
    void nothingNeedGoAhead() throws IOException {
        byte[] bytes = packed(List.of(), noise(100, 1));
        assertThat(TestingDeltas.unpack(bytes, Map.of()).get(Member.KERNEL)).isEqualTo(noise(100, 1));
    }

    @Test
    void whatWentAheadIsReadBackFromTheFileItWasWrittenTo() throws IOException {
        byte[] kernel = noise(70 * PART, 1);
        List<byte[]> offered = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            offered.add(Arrays.copyOfRange(kernel, i * PART, (i + 1) * PART));
        }
        Path file = directory.resolve("ahead");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PackageReader reader =
                PackageReader.open(new ByteArrayInputStream(packed(offered, kernel)), PackageLimits.STANDARD, WORKERS);
        reader.extract(
                Map.of(
                        Member.AHEAD, MemberSink.file(file, MemberSink.Durability.CACHED),
                        Member.KERNEL, MemberSink.stream(out)),
                Map.of(AHEAD, ReferenceSource.file(file)),
                new Progress(),
                new Cancellation());
        assertThat(out.toByteArray()).isEqualTo(kernel);
    }

    @Test
    void fileAndSaveImageAreOfferedBlockByBlock() throws IOException {
        byte[] page = noise(PART, 1);
        byte[] image = TestingSaveImage.of(List.of(new byte[PART], page, page), 5, noise(9, 1))
                .bytes();
        Path memory = Files.write(directory.resolve("memory"), image);
        ahead.offerMemory(memory);
        assertThat(ahead.counts()).isEqualTo(new AheadBlocks.Counts(3, 2, PART + 9, PART + 9));
        ahead.offerFile(Files.write(directory.resolve("disk"), noise(2 * PART + 5, 2)));
        assertThat(ahead.counts()).isEqualTo(new AheadBlocks.Counts(6, 5, 3L * PART + 14, 3L * PART + 14));
    }

    @Test
    void flushSendsWhatIsOfferedAndTheDiskIsOpenedOnlyAfterTheEnd() throws Exception {
        byte[] disk = noise(3 * PART, 1);
        AtomicBoolean isFrozen = new AtomicBoolean();
        Progress arrived = new Progress();
        PipedOutputStream sent = new PipedOutputStream();
        try (PipedInputStream received = new PipedInputStream(sent, 1 << 16)) {
            CompletableFuture<PackageSummary> writing = inBackground(
                    () -> {
                        if (!isFrozen.get()) {
                            throw new IOException("opened while the guest still ran");
                        }
                        return new ByteArrayInputStream(disk);
                    },
                    sent);
            ByteArrayOutputStream kept = new ByteArrayOutputStream();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            CompletableFuture<PackageSummary> reading = CompletableFuture.supplyAsync(() -> {
                try {
                    return PackageReader.open(received, PackageLimits.STANDARD, WORKERS)
                            .extract(
                                    Map.of(
                                            Member.AHEAD, MemberSink.stream(kept),
                                            Member.DISK, MemberSink.stream(out)),
                                    Map.of(AHEAD, () -> new TestingDeltas.InMemory(kept.toByteArray())),
                                    arrived,
                                    new Cancellation());
                } catch (IOException e) {
                    throw new CompletionException(e);
                }
            });
            ahead.offer(disk, 0, 1000);
            ahead.offer(disk, PART, PART);
            ahead.flush();
            await("both blocks, filled up to two parts").until(() -> arrived.doneBytes() == 2L * PART);
            ahead.offer(disk, 0, PART);
            isFrozen.set(true);
            ahead.close();
            assertThat(writing.get().members().get(Member.AHEAD))
                    .extracting(PackageSummary.Content::sizeBytes)
                    .isEqualTo(3L * PART);
            reading.get();
            assertThat(out.toByteArray()).isEqualTo(disk);
        }
    }

    @Test
    void writerThatGaveUpEndsAnOfferThatWaits() throws Exception {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("broken pipe");
            }
        };
        CompletableFuture<PackageSummary> writing = inBackground(TestingPackages.source(new byte[0]), broken);
        assertThatIOException().isThrownBy(() -> {
            for (int i = 0; i < 10_000; i++) {
                ahead.offer(noise(PART, i), 0, PART);
            }
        });
        assertThat(writing).failsWithin(Duration.ofMinutes(1));
    }

    @Test
    void interruptedOfferIsCancelled() throws InterruptedException {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread offering = new Thread(() -> {
            try {
                for (int i = 0; i < 10_000; i++) {
                    ahead.offer(noise(PART, i), 0, PART);
                }
            } catch (IOException | RuntimeException e) {
                thrown.complete(e);
            }
        });
        offering.start();
        await("the queue to be full").until(() -> offering.getState() == Thread.State.WAITING);
        offering.interrupt();
        offering.join();
        assertThat(thrown.join()).isInstanceOf(Cancelled.class);
    }

    @Test
    void offerAfterTheEndIsRefused() {
        ahead.close();
        assertThatIOException().isThrownBy(() -> ahead.offer(noise(PART, 1), 0, PART));
    }

    @Test
    void limitOfTheMemberIsKept() throws IOException {
        AheadBlocks small = new AheadBlocks(index, 0, PART, 2L * PART + 100);
        for (int i = 0; i < 5; i++) {
            small.offer(noise(PART, i), 0, PART);
        }
        small.flush();
        small.close();
        assertThat(read(small.open())).hasSize(2 * PART);
        assertThat(index.blocks()).isEqualTo(2);
    }

    @Test
    void indexThatIsFullTakesNoMoreAndNothingIsSentInVain() throws IOException {
        BlockIndex full = new BlockIndex(1, 1);
        AheadBlocks blocks = new AheadBlocks(full, 0, PART, 1 << 20);
        blocks.offer(noise(PART, 1), 0, PART);
        blocks.offer(noise(PART, 2), 0, PART);
        assertThat(blocks.counts()).isEqualTo(new AheadBlocks.Counts(2, 1, PART, PART));
    }

    @Test
    void manifestMustReferToIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        WRITER.ahead(TestingPackages.manifest(Set.of(Member.DISK)), index, PackageLimits.STANDARD));
    }
}
