package org.tresccad.image;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.OptionalLong;
import org.tresccad.job.Cancellation;

/** Files on the web that images are made from. */
public interface WebSource {
    /**
     * Opens the file at {@code location}.
     *
     * @throws IOException when it does not answer
     * @throws org.tresccad.error.TresccadException BAD_REQUEST when the location is not allowed
     */
    Download open(URI location, Cancellation cancellation) throws IOException;

    /** An open file and its size, when the server said it. */
    record Download(OptionalLong sizeBytes, InputStream data) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            data.close();
        }
    }
}
