package org.tresccad.vmpackage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The references of one package that is being read: opened when first needed, closed together. Safe for any thread. */
final class OpenReferences implements Closeable {
    private final List<Reference> references;
    private final Map<Reference, ReferenceSource> sources;
    private final @Nullable ReferenceContent[] open;
    private long aheadBytes;
    private boolean isClosed;

    OpenReferences(List<Reference> references, Map<Reference, ReferenceSource> sources) {
        this.references = references;
        this.sources = sources;
        this.open = new @Nullable ReferenceContent[references.size()];
    }

    int count() {
        return references.size();
    }

    /** Says how much {@link Member#AHEAD} turned out to hold; before any part that may refer to it. */
    synchronized void aheadHolds(long bytes) {
        aheadBytes = bytes;
    }

    /** How many bytes the {@code number}-th holds, as the package says. */
    synchronized long sizeBytes(int number) {
        return declaredBytes(references.get(number));
    }

    /** Reads bytes that lie within {@link #sizeBytes}. */
    void read(int number, long offset, byte[] target, int at, int length) throws IOException {
        ReferenceContent content = content(number);
        try {
            content.read(offset, target, at, length);
        } catch (IOException e) {
            throw new ReferenceFailed(references.get(number), e);
        }
    }

    private synchronized ReferenceContent content(int number) throws IOException {
        ReferenceContent content = open[number];
        if (content != null) {
            return content;
        }
        if (isClosed) {
            // A worker that goes on after the extraction has failed.
            throw new ClosedChannelException();
        }
        Reference reference = references.get(number);
        ReferenceSource source = Optional.ofNullable(sources.get(reference))
                .orElseThrow(() -> new ReferenceFailed(reference, "missing"));
        long declared = declaredBytes(reference);
        ReferenceContent opened;
        try {
            opened = source.open();
            long size = opened.sizeBytes();
            if (size != declared) {
                opened.close();
                throw new ReferenceFailed(reference, "has " + size + " bytes here and not " + declared);
            }
        } catch (ReferenceFailed e) {
            throw e;
        } catch (IOException e) {
            throw new ReferenceFailed(reference, e);
        }
        open[number] = opened;
        return opened;
    }

    private long declaredBytes(Reference reference) {
        if (reference instanceof Reference.Content content) {
            return content.sizeBytes();
        }
        return reference instanceof Reference.Kept kept ? kept.sizeBytes() : aheadBytes;
    }

    @Override
    public synchronized void close() throws IOException {
        isClosed = true;
        for (ReferenceContent content : open) {
            if (content != null) {
                content.close();
            }
        }
    }
}
