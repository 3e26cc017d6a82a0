package org.tresccad.client.image;

import java.time.Duration;
import java.util.Optional;

/**
 * How to download.
 *
 * @param follow ask a tresccad host for data that is still being written ({@code X-Tresccad-Follow}); the stream
 *     then waits for the writer, and breaks when the writer gives up
 * @param verify compare with {@code os_hash_value} (or Content-MD5, when that is all there is) at the end
 * @param silence how long nothing may come; the cloud's ordinary limit when empty
 */
public record DownloadOptions(boolean follow, boolean verify, Optional<Duration> silence) {
    /** A finished image, verified. */
    public static final DownloadOptions VERIFIED = new DownloadOptions(false, true, Optional.empty());
}
