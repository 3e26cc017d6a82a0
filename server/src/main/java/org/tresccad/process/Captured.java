package org.tresccad.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One output of a program, read by a thread of its own so that the program never blocks on a full pipe; keeps either
 * the first or the last {@code limit} bytes.
 */
final class Captured {
    private static final Logger log = LoggerFactory.getLogger(Captured.class);

    private final InputStream source;
    private final int limit;
    private final boolean keepEnd;
    private final Thread reader;
    private byte[] kept = new byte[8192];
    private int size;
    private long total;

    private Captured(String name, InputStream source, int limit, boolean keepEnd) {
        this.source = source;
        this.limit = limit;
        this.keepEnd = keepEnd;
        this.reader = new Thread(this::read, "output-of-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Keeps the first {@code limit} bytes. */
    static Captured head(String name, InputStream source, int limit) {
        return new Captured(name, source, limit, false);
    }

    /** Keeps the last {@code limit} bytes. */
    static Captured tail(String name, InputStream source, int limit) {
        return new Captured(name, source, limit, true);
    }

    /** Waits until the output ends, at most {@code limit}: a grandchild that holds the pipe must not hold us. */
    void awaitEnd(Duration limit) throws InterruptedException {
        reader.join(Math.max(1, limit.toMillis()));
    }

    /** What was kept, as UTF-8. */
    synchronized String text() {
        return new String(kept, 0, size, StandardCharsets.UTF_8);
    }

    /** Bytes the program wrote so far, kept or not. */
    synchronized long total() {
        return total;
    }

    private void read() {
        byte[] buffer = new byte[8192];
        try (source) {
            for (int n = source.read(buffer); n >= 0; n = source.read(buffer)) {
                add(buffer, n);
            }
        } catch (IOException e) {
            log.debug("{} ended early", reader.getName(), e);
        }
    }

    private synchronized void add(byte[] buffer, int n) {
        total += n;
        if (keepEnd && size + n > limit) {
            // Only stderr tails come here: at most 8 KiB to move.
            int keep = Math.max(0, Math.min(size, limit - n));
            System.arraycopy(kept, size - keep, kept, 0, keep);
            size = keep;
        }
        int from = keepEnd ? Math.max(0, n - limit) : 0;
        int count = Math.min(n - from, limit - size);
        if (count <= 0) {
            return;
        }
        if (size + count > kept.length) {
            kept = Arrays.copyOf(kept, Math.min(limit, Math.max(size + count, kept.length * 2)));
        }
        System.arraycopy(buffer, from, kept, size, count);
        size += count;
    }
}
