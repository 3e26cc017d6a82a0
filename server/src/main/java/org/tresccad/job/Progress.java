package org.tresccad.job;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** How far a long operation has come, in bytes. Written by the worker, read by anyone, at any time. */
public final class Progress {
    private static final long UNKNOWN = -1;

    private final AtomicLong done = new AtomicLong();
    private final AtomicLong total = new AtomicLong(UNKNOWN);

    /** Adds {@code bytes} to what is done. */
    public void add(long bytes) {
        done.addAndGet(bytes);
    }

    /** Says how much there is in all; may be corrected later. */
    public void expect(long totalBytes) {
        if (totalBytes < 0) {
            throw new IllegalArgumentException("negative total " + totalBytes);
        }
        total.set(totalBytes);
    }

    /** Bytes done. */
    public long doneBytes() {
        return done.get();
    }

    /** Bytes in all, when known. */
    public OptionalLong totalBytes() {
        long value = total.get();
        return value == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
