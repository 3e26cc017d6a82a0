package org.tresccad.client.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import okhttp3.Response;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Watch;

/**
 * A running download, read as a stream in any one thread. A connection that breaks, stalls, ends early or is
 * cancelled shows as a {@link CloudException} from {@code read}, never as a plain end of stream.
 */
public final class Download extends InputStream {
    private final Response response;
    private final InputStream body;
    private final OptionalLong total;
    private final Watch watch;
    private final Cancellation.Registration registration;
    private final Function<IOException, CloudException> translate;
    private long done;

    Download(
            Response response,
            Watch watch,
            Cancellation.Registration registration,
            Function<IOException, CloudException> translate) {
        this.response = response;
        this.body = response.body().byteStream();
        long length = response.body().contentLength();
        this.total = length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
        this.watch = watch;
        this.registration = registration;
        this.translate = translate;
    }

    /** How many bytes there will be, when the cloud said so. */
    public OptionalLong totalBytes() {
        return total;
    }

    /** A header of the answer. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(response.header(name));
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        try {
            int count = body.read(buffer, offset, length);
            if (count > 0) {
                done += count;
                watch.progress().at(done, total);
            }
            return count;
        } catch (IOException broken) {
            throw translate.apply(broken);
        }
    }

    @Override
    public void close() {
        registration.close();
        response.close();
    }
}
