package org.tresccad.image;

import java.nio.file.Path;

/**
 * Complete, immutable content in the store. The file stays for as long as an image or a hold (see {@link Contents})
 * names the digest. Nobody writes to it.
 *
 * @param digest its name
 * @param path the file
 * @param sizeBytes the file's size
 * @param format what the file is
 * @param virtualSizeBytes the guest-visible size; the file's own size where the format has none
 */
public record StoredContent(
        ContentDigest digest, Path path, long sizeBytes, DiskFormat format, long virtualSizeBytes) {}
