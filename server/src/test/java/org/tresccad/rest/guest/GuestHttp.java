package org.tresccad.rest.guest;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A guest's HTTP client: plain sockets, so that a test chooses the address it comes from, what it sends and when the
 * connection is closed.
 */
final class GuestHttp {
    private static final int PATIENCE_MILLIS = 40_000;

    private final URI server;
    private final String from;

    GuestHttp(URI server, String from) {
        this.server = server;
        this.from = from;
    }

    /** An answer; header names in lower case. */
    record Answer(int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    Answer get(String path, String... headers) {
        return ask("GET", path, "", headers);
    }

    Answer put(String path, String... headers) {
        return ask("PUT", path, "", headers);
    }

    Answer post(String path, String body, String... headers) {
        return ask("POST", path, body, headers);
    }

    /** A token for {@code seconds}. */
    String token(int seconds) {
        Answer answer = put("/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: " + seconds);
        if (answer.status() != 200) {
            throw new IllegalStateException("no token: " + answer);
        }
        return answer.body();
    }

    /** Sends a request, reads its answer, closes the connection. */
    Answer ask(String method, String path, String body, String... headers) {
        try (Open open = open(method, path, body, headers)) {
            return open.answer();
        }
    }

    /** Sends a request and leaves the connection open. */
    Open open(String method, String path, String body, String... headers) {
        try {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: 169.254.169.254\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 0 || method.startsWith("P")) {
                head.append("Content-Length: ").append(bytes.length).append("\r\n");
            }
            socket.getOutputStream().write((head + "\r\n" + body).getBytes(StandardCharsets.UTF_8));
            return new Open(socket, method.equals("HEAD"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A request on its way. */
    record Open(Socket socket, boolean isHead) implements AutoCloseable {
        /** The answer; the connection stays open. */
        Answer answer() {
            try {
                InputStream in = socket.getInputStream();
                int status = Integer.parseInt(line(in).split(" ", 3)[1]);
                Map<String, String> headers = new TreeMap<>();
                for (String line = line(in); !line.isEmpty(); line = line(in)) {
                    int colon = line.indexOf(':');
                    headers.put(
                            line.substring(0, colon).toLowerCase(Locale.ROOT),
                            line.substring(colon + 1).strip());
                }
                return new Answer(status, headers, isHead ? "" : body(in, headers));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Whether the server has said that nothing more comes; waits for it. */
        boolean hasEnded() {
            try {
                return socket.getInputStream().read() < 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String body(InputStream in, Map<String, String> headers) throws IOException {
            if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
                ByteArrayOutputStream whole = new ByteArrayOutputStream();
                for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
                    whole.write(in.readNBytes(size));
                    line(in);
                }
                return whole.toString(StandardCharsets.UTF_8);
            }
            int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
            return new String(in.readNBytes(length), StandardCharsets.UTF_8);
        }

        private static String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new EOFException("the connection ended after: " + line);
                }
                line.append((char) c);
            }
            return line.toString().strip();
        }
    }
}
