package org.tresccad.client.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.OptionalLong;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.tresccad.client.transfer.Progress;

/**
 * A chunked body written by a {@link ContentWriter}. Tells a connection that breaks from content that cannot be
 * produced: the first is for OkHttp, which then looks for an early answer; the second aborts the request before its
 * last chunk, so that the cloud can never take half of it for the whole.
 */
final class UploadBody extends RequestBody {
    private static final MediaType BYTES = MediaType.get("application/octet-stream");

    private final ContentWriter content;
    private final Progress progress;
    private final OptionalLong total;

    UploadBody(ContentWriter content, Progress progress, OptionalLong total) {
        this.content = content;
        this.progress = progress;
        this.total = total;
    }

    @Override
    public MediaType contentType() {
        return BYTES;
    }

    @Override
    public boolean isOneShot() {
        return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
        Counted counted = new Counted(sink.outputStream());
        try {
            content.writeTo(counted);
        } catch (IOException | RuntimeException failed) {
            IOException network = counted.failure;
            if (network != null) {
                if (network != failed) {
                    network.addSuppressed(failed);
                }
                throw network;
            }
            throw failed instanceof IOException local
                    ? new UncheckedIOException("cannot produce the content to upload: " + local.getMessage(), local)
                    : (RuntimeException) failed;
        }
        if (total.isPresent() && total.getAsLong() != counted.done) {
            throw new UncheckedIOException(new IOException("the content to upload has " + counted.done
                    + " bytes instead of " + total.getAsLong() + "; did it change?"));
        }
    }

    private final class Counted extends FilterOutputStream {
        private long done;
        private @Nullable IOException failure;

        Counted(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException broken) {
                failure = broken;
                throw broken;
            }
            done += length;
            progress.at(done, total);
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException broken) {
                failure = broken;
                throw broken;
            }
        }

        /** The end of the content is not the end of the request. */
        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
