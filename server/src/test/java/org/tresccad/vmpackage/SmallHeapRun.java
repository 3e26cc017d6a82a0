package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** Writes and reads a large package at once; a program of its own, so that its heap can be small. */
public final class SmallHeapRun {
    private SmallHeapRun() {}

    /** Takes the member's size in bytes. */
    public static void main(String[] args) throws Exception {
        long size = Long.parseLong(args[0]);
        long started = System.nanoTime();
        AtomicReference<String> failure = new AtomicReference<>("");
        try (PackageWorkers workers = PackageWorkers.ofCores();
                PipedOutputStream out = new PipedOutputStream();
                PipedInputStream in = new PipedInputStream(out, 1 << 16)) {
            Thread writing = new Thread(() -> {
                try (out) {
                    new PackageWriter(workers)
                            .write(
                                    TestingPackages.manifest(Set.of(Member.DISK)),
                                    Map.of(Member.DISK, () -> new HalfNoise(size)),
                                    out,
                                    new Progress(),
                                    new Cancellation());
                } catch (IOException | RuntimeException e) {
                    failure.set(e.toString());
                }
            });
            writing.start();
            PackageSummary summary = PackageReader.open(in, PackageLimits.STANDARD, workers)
                    .extract(Map.of(Member.DISK, MemberSink.discard()), new Progress(), new Cancellation());
            writing.join();
            System.out.println(summary.contentBytes() + " bytes verified, " + summary.packageBytes() + " as a package, "
                    + (System.nanoTime() - started) / 1_000_000 + " ms " + failure.get());
        }
    }

    /** Bytes of which half compress, as in a guest's memory. */
    private static final class HalfNoise extends InputStream {
        private final SplittableRandom random = new SplittableRandom(1);
        private long left;

        HalfNoise(long length) {
            this.left = length;
        }

        @Override
        public int read() {
            return left-- > 0 ? random.nextInt(256) : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(length, left);
            for (int i = 0; i < count; i++) {
                bytes[offset + i] = (byte) (i % 8192 < 4096 ? 7 : 0);
            }
            byte[] noise = new byte[Math.min(4096, count)];
            for (int at = 0; at < count; at += 8192) {
                random.nextBytes(noise);
                System.arraycopy(noise, 0, bytes, offset + at, Math.min(noise.length, count - at));
            }
            left -= count;
            return count;
        }
    }
}
