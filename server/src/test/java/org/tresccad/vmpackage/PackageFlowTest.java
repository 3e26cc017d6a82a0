package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.tresccad.vmpackage.TestingPackages.PART;
import static org.tresccad.vmpackage.TestingPackages.WORKERS;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Cancelled;
import org.tresccad.job.Progress;

/** What happens while a package is under way: waiting, failing, giving up. */
@Timeout(300)
final class PackageFlowTest {
    private final PackageWriter writer = new PackageWriter(WORKERS, PART);
    private final Progress progress = new Progress();
    private final Cancellation cancellation = new Cancellation();

    @AfterEach
    void noThreadIsLeft() {
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("package-feed", "package-drain");
    }

    private static Manifest manifest(Member... members) {
        return TestingPackages.manifest(Set.of(members));
    }

    private PackageSummary write(Map<Member, MemberSource> sources, OutputStream out) throws IOException {
        return writer.write(TestingPackages.manifest(sources.keySet()), sources, out, progress, cancellation);
    }

    /** Runs {@code work} elsewhere; its exceptions come out of {@code get} as the cause. */
    private static <T> CompletableFuture<T> inBackground(java.util.concurrent.Callable<T> work) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return work.call();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    @Test
    void partsOfAMemberThatStillGrowsArriveAtTheReaderAtOnce() throws Exception {
        byte[] content = noise(3 * PART + 100, 1);
        PipedOutputStream growing = new PipedOutputStream();
        PipedOutputStream sent = new PipedOutputStream();
        try (PipedInputStream grown = new PipedInputStream(growing, 2 * PART);
                PipedInputStream received = new PipedInputStream(sent, 2 * PART)) {
            CompletableFuture<PackageSummary> written =
                    inBackground(() -> write(Map.of(Member.SNAPSHOT, () -> grown), sent));
            ByteArrayOutputStream arrived = new ByteArrayOutputStream();
            Progress unpacking = new Progress();
            CompletableFuture<PackageSummary> read = inBackground(() -> PackageReader.open(
                            received, PackageLimits.STANDARD, WORKERS)
                    .extract(Map.of(Member.SNAPSHOT, MemberSink.stream(arrived)), unpacking, new Cancellation()));
            for (int part = 1; part <= 3; part++) {
                growing.write(content, (part - 1) * PART, PART);
                growing.flush();
                long expected = (long) part * PART;
                await("part " + part + " to arrive while the source waits")
                        .until(() -> unpacking.doneBytes() == expected);
            }
            growing.write(content, 3 * PART, 100);
            growing.close();
            written.get();
            sent.close();
            assertThat(read.get().contentBytes()).isEqualTo(content.length);
            assertThat(arrived.toByteArray()).isEqualTo(content);
        }
    }

    @Test
    void progressIsInPlainBytesAndExpectsTheSources() throws IOException {
        write(
                Map.of(
                        Member.KERNEL, TestingPackages.source(new byte[10]),
                        Member.DISK, TestingPackages.source(new byte[3 * PART])),
                OutputStream.nullOutputStream());
        assertThat(progress.totalBytes()).hasValue(3L * PART + 10);
        assertThat(progress.doneBytes()).isEqualTo(3L * PART + 10);
    }

    @Test
    void whatASlowLinkWaitsForIsCompressedMore() throws IOException {
        byte[] prose = prose(60 * 16 * PART);
        long fast = relative(prose, OutputStream.nullOutputStream());
        long slow = relative(prose, new OutputStream() {
            @Override
            public void write(int one) {
                // Only whole parts take time.
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                try {
                    Thread.sleep(length > 1024 ? 20 : 0);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        });
        assertThat(slow).isLessThan(fast * 95 / 100);
    }

    private long relative(byte[] disk, OutputStream out) throws IOException {
        Manifest manifest = TestingDeltas.manifest(
                Set.of(Member.DISK), List.of(TestingDeltas.content("not in it".getBytes(StandardCharsets.US_ASCII))));
        return new PackageWriter(WORKERS, 16 * PART)
                .write(
                        manifest,
                        Map.of(Member.DISK, TestingPackages.source(disk)),
                        TestingDeltas.index(),
                        out,
                        progress,
                        cancellation)
                .packageBytes();
    }

    /** Words of one vocabulary in a random order. */
    private static byte[] prose(int length) {
        Random random = new Random(3);
        List<String> words = random.ints(2000, 2, 9)
                .mapToObj(letters -> random.ints(letters, 'a', 'z' + 1)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .append(' ')
                        .toString())
                .toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (out.size() < length) {
            out.writeBytes(words.get(random.nextInt(words.size())).getBytes(StandardCharsets.US_ASCII));
        }
        return Arrays.copyOf(out.toByteArray(), length);
    }

    @Test
    void writerReadsAheadNoMoreThanItsBuffersHold() throws IOException {
        AtomicLong read = new AtomicLong();
        AtomicLong ahead = new AtomicLong();
        InputStream source = new FilterInputStream(new Zeros(2000L * PART)) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int got = super.read(bytes, offset, length);
                read.addAndGet(Math.max(got, 0));
                return got;
            }
        };
        OutputStream out = new OutputStream() {
            @Override
            public void write(int b) {
                ahead.accumulateAndGet(read.get() - progress.doneBytes(), Math::max);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                write(0);
            }
        };
        write(Map.of(Member.DISK, () -> source), out);
        assertThat(progress.doneBytes()).isEqualTo(2000L * PART);
        assertThat(ahead.get()).isBetween((long) PART, (long) WORKERS.partsInFlight(PART) * PART);
    }

    @Test
    void memoryInFlightIsBoundedForEveryPartSizeAndMachine() {
        for (int threads : new int[] {1, 2, 64, 512}) {
            try (PackageWorkers workers = new PackageWorkers(threads)) {
                for (int size = PackageLayout.MIN_PART_BYTES; size <= PackageLayout.MAX_PART_BYTES; size *= 2) {
                    assertThat(workers.partsInFlight(size)).isBetween(2, 16);
                    assertThat(2L * size * workers.partsInFlight(size)).isLessThanOrEqualTo(64L << 20);
                }
            }
        }
    }

    @Test
    void sourceThatCannotBeOpenedIsNamed() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Map<Member, MemberSource> sources = new EnumMap<>(Member.class);
        sources.put(Member.KERNEL, TestingPackages.source(new byte[3 * PART]));
        sources.put(Member.DISK, MemberSource.file(Path.of("/nonexistent/disk")));
        assertThatExceptionOfType(MemberFailed.class)
                .isThrownBy(() -> write(sources, out))
                .satisfies(e -> assertThat(e.member()).isEqualTo(Member.DISK));
        assertThatExceptionOfType(PackageInvalid.class).isThrownBy(() -> TestingPackages.unpack(out.toByteArray()));
    }

    @Test
    void sourceThatFailsInTheMiddleIsNamedAndClosed() {
        AtomicBoolean isClosed = new AtomicBoolean();
        InputStream failing = new FilterInputStream(new Zeros(100L * PART)) {
            private int reads;

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (reads++ == 50) {
                    throw new FileNotFoundException("stale file handle");
                }
                return super.read(bytes, offset, length);
            }

            @Override
            public void close() {
                isClosed.set(true);
            }
        };
        assertThatExceptionOfType(MemberFailed.class)
                .isThrownBy(() -> write(Map.of(Member.DISK, () -> failing), OutputStream.nullOutputStream()))
                .withMessage("disk: stale file handle");
        assertThat(isClosed).isTrue();
    }

    @Test
    void errorOfASourcesOwnKindReachesTheCaller() {
        MemberSource aborted = () -> {
            throw new IllegalStateException("the save was aborted");
        };
        assertThatIllegalStateException()
                .isThrownBy(() -> write(Map.of(Member.DISK, aborted), OutputStream.nullOutputStream()))
                .withMessage("the save was aborted");
    }

    @Test
    void streamThatBreaksEndsAReadThatWaits() throws Exception {
        try (PipedOutputStream growing = new PipedOutputStream();
                PipedInputStream grown = new PipedInputStream(growing, 2 * PART)) {
            growing.write(new byte[PART]);
            int room = ManifestJson.write(manifest(Member.SNAPSHOT), PART).length + 2 * TarHeader.BLOCK;
            OutputStream broken = new ByteArrayOutputStream() {
                @Override
                public void write(byte[] bytes) throws IOException {
                    write(bytes, 0, bytes.length);
                }

                @Override
                public void flush() throws IOException {
                    if (size() > room) {
                        throw new IOException("broken pipe");
                    }
                }
            };
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> write(Map.of(Member.SNAPSHOT, () -> grown), broken))
                    .withMessage("broken pipe")
                    .isNotInstanceOf(MemberFailed.class);
        }
    }

    @Test
    void cancellationEndsAWriterThatWaitsForItsSource() throws Exception {
        try (PipedOutputStream growing = new PipedOutputStream();
                PipedInputStream grown = new PipedInputStream(growing, 2 * PART)) {
            growing.write(new byte[PART]);
            CompletableFuture<PackageSummary> writing =
                    inBackground(() -> write(Map.of(Member.SNAPSHOT, () -> grown), OutputStream.nullOutputStream()));
            await("the first part").until(() -> progress.doneBytes() == PART);
            cancellation.cancel("the owner changed his mind");
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(writing::get)
                    .withCauseInstanceOf(Cancelled.class)
                    .withMessageContaining("the owner changed his mind");
        }
    }

    @Test
    void interruptedWriterEndsAndStaysInterrupted() throws Exception {
        try (PipedOutputStream growing = new PipedOutputStream();
                PipedInputStream grown = new PipedInputStream(growing, 2 * PART)) {
            growing.write(new byte[PART]);
            AtomicBoolean isStillInterrupted = new AtomicBoolean();
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    write(Map.of(Member.SNAPSHOT, () -> grown), OutputStream.nullOutputStream());
                } catch (IOException | RuntimeException e) {
                    isStillInterrupted.set(Thread.currentThread().isInterrupted());
                    thrown.complete(e);
                }
            });
            thread.start();
            await("the first part").until(() -> progress.doneBytes() == PART);
            thread.interrupt();
            assertThat(thrown.get()).isInstanceOf(Cancelled.class);
            assertThat(isStillInterrupted).isTrue();
            thread.join();
        }
    }

    @Test
    void cancelledReaderEndsWithTheNextPart() throws IOException {
        byte[] bytes = TestingPackages.pack(Map.of(Member.DISK, noise(100 * PART, 1)));
        PackageReader reader = PackageReader.open(new ByteArrayInputStream(bytes), PackageLimits.STANDARD, WORKERS);
        Cancellation cancelled = new Cancellation();
        OutputStream canceller = new OutputStream() {
            @Override
            public void write(int b) {
                cancelled.cancel("enough");
            }
        };
        assertThatExceptionOfType(Cancelled.class)
                .isThrownBy(
                        () -> reader.extract(Map.of(Member.DISK, MemberSink.stream(canceller)), progress, cancelled));
        assertThat(progress.doneBytes()).isLessThan(50L * PART);
    }

    @Test
    void streamClosedByCancellationIsACancellation() throws IOException {
        byte[] bytes = TestingPackages.pack(Map.of(Member.DISK, noise(10 * PART, 1)));
        InputStream closing = new FilterInputStream(new ByteArrayInputStream(bytes)) {
            private long got;

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                if (got > 5 * PART) {
                    cancellation.cancel("stop");
                    throw new IOException("stream closed");
                }
                int n = super.read(target, offset, length);
                got += n;
                return n;
            }
        };
        PackageReader reader = PackageReader.open(closing, PackageLimits.STANDARD, WORKERS);
        assertThatExceptionOfType(Cancelled.class)
                .isThrownBy(() -> reader.extract(Map.of(Member.DISK, MemberSink.discard()), progress, cancellation));
    }

    @Test
    void fullDiskIsNamedAndNothingMoreIsRead() throws IOException {
        byte[] bytes = TestingPackages.pack(Map.of(Member.KERNEL, new byte[9], Member.DISK, noise(1000 * PART, 1)));
        AtomicBoolean isClosed = new AtomicBoolean();
        MemberSink full = () -> new MemberSink.Target() {
            @Override
            public void write(byte[] content, int length) throws IOException {
                throw new IOException("No space left on device");
            }

            @Override
            public void complete() {
                throw new IllegalStateException("completed without content");
            }

            @Override
            public void close() {
                isClosed.set(true);
            }
        };
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        PackageReader reader = PackageReader.open(in, PackageLimits.STANDARD, WORKERS);
        assertThatExceptionOfType(MemberFailed.class)
                .isThrownBy(() -> reader.extract(
                        Map.of(Member.KERNEL, MemberSink.discard(), Member.DISK, full), progress, cancellation))
                .withMessage("disk: No space left on device")
                .satisfies(e -> assertThat(e.member()).isEqualTo(Member.DISK));
        assertThat(isClosed).isTrue();
        assertThat(in.available()).isGreaterThan(bytes.length / 2);
    }

    @Test
    void failureOfTheStreamItselfIsPassedOn() throws IOException {
        byte[] bytes = TestingPackages.pack(Map.of(Member.DISK, noise(10 * PART, 1)));
        InputStream reset = new FilterInputStream(new ByteArrayInputStream(bytes, 0, 5 * PART)) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int n = super.read(target, offset, length);
                if (n < 0) {
                    throw new IOException("connection reset");
                }
                return n;
            }
        };
        PackageReader reader = PackageReader.open(reset, PackageLimits.STANDARD, WORKERS);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> reader.extract(Map.of(Member.DISK, MemberSink.discard()), progress, cancellation))
                .withMessage("connection reset");
    }

    @Test
    void openingReadsTheManifestAndNotAByteMore() throws IOException {
        byte[] bytes = TestingPackages.pack(TestingPackages.smallContents());
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        PackageReader reader = PackageReader.open(in, PackageLimits.STANDARD, WORKERS);
        TarHeader header = TarHeader.decode(java.util.Arrays.copyOf(bytes, TarHeader.BLOCK));
        assertThat(bytes.length - in.available())
                .isEqualTo(TarHeader.BLOCK + header.sizeBytes() + header.paddingBytes());
        assertThat(reader.mostBytes(Member.LIBVIRT_XML)).isEqualTo(PackageLimits.STANDARD.domainXmlBytes());
    }

    @Test
    void sourcesAndSinksMustBeThoseOfTheManifest() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.write(
                        manifest(Member.DISK),
                        Map.of(Member.KERNEL, TestingPackages.source(new byte[0])),
                        OutputStream.nullOutputStream(),
                        progress,
                        cancellation));
        byte[] bytes = TestingPackages.pack(Map.of(Member.DISK, new byte[1]));
        PackageReader reader = PackageReader.open(new ByteArrayInputStream(bytes), PackageLimits.STANDARD, WORKERS);
        assertThatIllegalArgumentException().isThrownBy(() -> reader.extract(Map.of(), progress, cancellation));
        Map<Member, MemberSink> sinks = Map.of(Member.DISK, MemberSink.discard());
        reader.extract(sinks, progress, cancellation);
        assertThatIllegalStateException().isThrownBy(() -> reader.extract(sinks, progress, cancellation));
    }

    @Test
    void threeHundredMegabytesPassThroughASmallHeap() throws Exception {
        Process child = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // The daemon's collector. G1, the default, gives an array of 1 MiB two whole regions of its
                        // heap.
                        "-XX:+UseSerialGC",
                        "-Xmx40m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallHeapRun.class.getName(),
                        String.valueOf(300_000_000)))
                .redirectErrorStream(true)
                .start();
        try (InputStream output = child.getInputStream()) {
            String said = new String(output.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(child.waitFor()).as(said).isZero();
            assertThat(said).contains("300000000 bytes verified");
        } finally {
            child.destroyForcibly();
        }
    }
}
