package org.tresccad.daemon;

import java.io.InputStream;

/** So many zero bytes. */
final class Zeros extends InputStream {
    private long left;

    Zeros(long bytes) {
        left = bytes;
    }

    @Override
    public int read() {
        return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        if (left <= 0) {
            return -1;
        }
        int count = (int) Math.min(left, length);
        java.util.Arrays.fill(buffer, offset, offset + count, (byte) 0);
        left -= count;
        return count;
    }
}
