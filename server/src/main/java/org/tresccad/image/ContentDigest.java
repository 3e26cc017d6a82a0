package org.tresccad.image;

/** SHA-512 of a file's bytes in lower-case hexadecimal: Glance's {@code os_hash_value}, and the name of our content. */
public record ContentDigest(String sha512) {
    /** Checks the form. */
    public ContentDigest {
        if (!sha512.matches("[0-9a-f]{128}")) {
            throw new IllegalArgumentException("not a SHA-512 digest: " + sha512);
        }
    }

    @Override
    public String toString() {
        return sha512;
    }
}
