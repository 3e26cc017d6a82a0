package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.tresccad.identity.Caller;
import org.tresccad.job.Cancellation;

/** Image services of other clouds, as far as a project knows their credentials. */
public interface RemoteImages {
    /**
     * Opens an image of another cloud.
     *
     * @param cloudName the name under which the caller's project knows the cloud
     * @param cancellation ends a connection that waits
     * @throws IOException when the cloud does not answer
     * @throws org.tresccad.error.TresccadException NOT_FOUND for an unknown cloud or image, UNAUTHENTICATED and
     *     FORBIDDEN as the cloud says
     */
    Found fetch(Caller caller, String cloudName, ImageId id, Cancellation cancellation) throws IOException;

    /**
     * An image of another cloud, with its data.
     *
     * @param properties its custom properties
     * @param digest its {@code os_hash_value}, when that is a SHA-512; the data is checked against it
     * @param data its bytes; an {@link IOException}, never an early end, when they do not come whole
     */
    record Found(
            String name,
            Optional<DiskFormat> diskFormat,
            Optional<String> containerFormat,
            Map<String, String> properties,
            OptionalLong sizeBytes,
            Optional<ContentDigest> digest,
            InputStream data)
            implements AutoCloseable {
        /** Copies. */
        public Found {
            properties = Map.copyOf(properties);
        }

        @Override
        public void close() throws IOException {
            data.close();
        }
    }
}
