package org.tresccad.vmpackage;

import java.io.IOException;
import java.nio.file.Path;

/** Where the reader finds the content of a {@link Reference}. */
@FunctionalInterface
public interface ReferenceSource {
    /**
     * Opens the content; the reader of the package closes it. Called once at most, from any thread, and only when a
     * part refers to it: for {@link Reference.Ahead} after that member's sink was completed and closed.
     */
    ReferenceContent open() throws IOException;

    /** A file that is complete by the time it is opened. */
    static ReferenceSource file(Path path) {
        return () -> new ReferenceFile(path);
    }
}
