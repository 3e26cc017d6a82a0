package org.tresccad.vmpackage;

import java.io.InputStream;
import java.util.Arrays;

/** So many zero bytes, without holding them. */
final class Zeros extends InputStream {
    private long left;

    Zeros(long length) {
        this.left = length;
    }

    @Override
    public int read() {
        return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        if (left <= 0) {
            return -1;
        }
        int count = (int) Math.min(length, left);
        Arrays.fill(bytes, offset, offset + count, (byte) 0);
        left -= count;
        return count;
    }
}
