package org.tresccad.client.http;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Call;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.CloudUnreachable;

/** Sends one request and turns everything that is not success into a {@link CloudException}. */
final class Exchange {
    /** More than any sane answer in JSON, less than a heap. */
    private static final long LONGEST_ANSWER_BYTES = 64L << 20;

    private static final long LONGEST_FAULT_BYTES = 64L << 10;

    private static final int MULTIPLE_CHOICES = 300;
    private static final int HTTP_NOT_FOUND = 404;

    private final String cloud;
    private final OkHttpClient client;

    Exchange(String cloud, OkHttpClient client) {
        this.cloud = cloud;
        this.client = client;
    }

    /** Sends {@code request}; {@code use} gets a 2xx answer, which is closed afterwards. */
    <T> T answer(Request request, String what, Function<Response, T> use) {
        return answer(client.newCall(request), what, use);
    }

    <T> T answer(Call call, String what, Function<Response, T> use) {
        Request request = call.request();
        try (Response response = call.execute()) {
            if (!response.isSuccessful()) {
                throw refusal(response, what);
            }
            return use.apply(response);
        } catch (IOException broken) {
            throw broken(broken, request, what);
        }
    }

    /** Parses the body; a body that is too long, no JSON or lacks what {@code type} needs is a protocol error. */
    <T> T read(Response response, String what, Class<T> type) {
        try {
            if (response.body().source().request(LONGEST_ANSWER_BYTES + 1)) {
                throw new CloudProtocolError(cloud, what, "more than " + (LONGEST_ANSWER_BYTES >> 20) + " MiB of JSON");
            }
            // An empty body has no value, but as a tree it is a missing node.
            @Nullable
            T value = type == JsonNode.class
                    ? type.cast(Json.MAPPER.readTree(response.body().byteStream()))
                    : Json.MAPPER.readValue(response.body().byteStream(), type);
            if (value == null) {
                throw new CloudProtocolError(cloud, what, "null");
            }
            return value;
        } catch (JacksonException bad) {
            throw new CloudProtocolError(cloud, what, "not the JSON it should be (" + summary(bad) + ")", bad);
        } catch (IOException broken) {
            throw broken(broken, response.request(), what);
        }
    }

    /** The exception for an answer that is not 2xx. */
    CloudException refusal(Response response, String what) {
        if (response.code() == MULTIPLE_CHOICES) {
            // So Nova answers every path but those of its own versions.
            return CloudRefused.of(cloud, what, HTTP_NOT_FOUND, "it serves something else there.");
        }
        if (response.code() < 400) {
            return new CloudProtocolError(
                    cloud, what, "a redirect (" + response.code() + "), which is not followed for safety");
        }
        String body;
        try {
            body = response.peekBody(LONGEST_FAULT_BYTES).string();
        } catch (IOException cut) {
            body = "";
        }
        return CloudRefused.of(cloud, what, response.code(), FaultText.of(body, response.code()), retryAfter(response));
    }

    /** Zero unless it is there, in seconds (RFC 9110 allows a date, which no OpenStack sends). */
    private static Duration retryAfter(Response response) {
        String seconds = response.header("Retry-After", "");
        return seconds.matches("[0-9]{1,9}") ? Duration.ofSeconds(Long.parseLong(seconds)) : Duration.ZERO;
    }

    /** The exception for a connection that could not be made, or broke. */
    CloudException broken(IOException cause, Request request, String what) {
        String address = request.url().host() + ":" + request.url().port();
        if (cause instanceof SSLPeerUnverifiedException) {
            return unreachable(what, address, "its certificate is not for this name", cause);
        }
        if (cause instanceof SSLException) {
            boolean distrusted = has(cause, CertificateException.class);
            return unreachable(
                    what,
                    address,
                    distrusted
                            ? "its certificate is not trusted; set cacert in clouds.yaml to the right file"
                            : "no TLS with it: " + cause.getMessage(),
                    cause);
        }
        if (cause instanceof SocketTimeoutException || cause instanceof InterruptedIOException) {
            return new CloudTimeout(cloud, what, address + " was silent for too long", cause);
        }
        if (cause instanceof UnknownHostException) {
            return unreachable(what, address, "no such host name", cause);
        }
        if (cause instanceof ConnectException) {
            return unreachable(what, address, "nobody accepts connections there; is it running?", cause);
        }
        return unreachable(what, address, "connection broke: " + cause.getMessage(), cause);
    }

    /** A JSON body. It is sent at most once: a POST whose answer was lost may have had its effect. */
    static RequestBody json(Object value, String mediaType) {
        byte[] bytes;
        try {
            bytes = Json.MAPPER.writeValueAsBytes(value);
        } catch (JacksonException bad) {
            throw new IllegalArgumentException("cannot be written as JSON", bad);
        }
        MediaType type = MediaType.get(mediaType);
        return new RequestBody() {
            @Override
            public MediaType contentType() {
                return type;
            }

            @Override
            public long contentLength() {
                return bytes.length;
            }

            @Override
            public boolean isOneShot() {
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.write(bytes);
            }
        };
    }

    private CloudUnreachable unreachable(String what, String address, String why, Throwable cause) {
        return new CloudUnreachable(cloud, what, address, why, cause);
    }

    private static String summary(JacksonException bad) {
        String text = bad.getOriginalMessage();
        return text == null ? "" : text.lines().findFirst().orElse("");
    }

    private static boolean has(Throwable thrown, Class<?> type) {
        for (@Nullable Throwable each = thrown; each != null; each = each.getCause()) {
            if (type.isInstance(each)) {
                return true;
            }
        }
        return false;
    }
}
