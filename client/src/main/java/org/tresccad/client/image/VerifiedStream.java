package org.tresccad.client.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import org.tresccad.client.error.ContentMismatch;

/** Hashes what is read; the read that would report the end throws {@link ContentMismatch} when it is not as said. */
final class VerifiedStream extends FilterInputStream {
    private final MessageDigest digest;
    private final Image.Digest expected;
    private final String cloud;
    private final String what;
    private boolean verified;

    VerifiedStream(InputStream in, MessageDigest digest, Image.Digest expected, String cloud, String what) {
        super(in);
        this.digest = digest;
        this.expected = expected;
        this.cloud = cloud;
        this.what = what;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        if (count >= 0) {
            digest.update(buffer, offset, count);
            return count;
        }
        if (verified) {
            return -1;
        }
        byte[] sum = digest.digest();
        String hex = HexFormat.of().formatHex(sum);
        if (!hex.equalsIgnoreCase(expected.hex())
                && !Base64.getEncoder().encodeToString(sum).equals(expected.hex())) {
            throw new ContentMismatch(cloud, what, expected.toString(), expected.algorithm() + ":" + hex);
        }
        verified = true;
        return -1;
    }

    /** Skips by reading, since what is skipped counts for the digest. */
    @Override
    public long skip(long count) throws IOException {
        byte[] thrown = new byte[(int) Math.max(0, Math.min(count, 8192))];
        return thrown.length == 0 ? 0 : Math.max(0, read(thrown, 0, thrown.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
