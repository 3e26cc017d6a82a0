package org.tresccad.client.handover;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** Ids that everybody computes alike from a name: version 5 of RFC 4122, section 4.3. */
public final class NamedIds {
    /** RFC 4122, appendix C: names in this space are URLs. */
    private static final UUID URLS = UUID.fromString("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

    private NamedIds() {}

    /** The id of a URL, taken as it is written. */
    public static UUID ofUrl(String url) {
        return of(URLS, url);
    }

    /** The id of {@code name} in {@code space}. */
    public static UUID of(UUID space, String name) {
        MessageDigest sha1;
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
        sha1.update(ByteBuffer.allocate(16)
                .putLong(space.getMostSignificantBits())
                .putLong(space.getLeastSignificantBits())
                .array());
        ByteBuffer digest = ByteBuffer.wrap(sha1.digest(name.getBytes(StandardCharsets.UTF_8)));
        long most = (digest.getLong() & ~0xF000L) | 0x5000L;
        long least = (digest.getLong() & ~(3L << 62)) | (1L << 63);
        return new UUID(most, least);
    }
}
