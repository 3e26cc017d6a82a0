package org.tresccad.daemon.config;

/**
 * The API listener.
 *
 * @param listen where it listens
 * @param tls whether it speaks TLS and with which certificate
 * @param limits what its clients may use up
 * @param maxUploadBytes largest image or package that may be uploaded
 * @param maxBodyBytes largest body of any other request
 */
public record ApiConfig(HostPort listen, TlsConfig tls, HttpLimits limits, long maxUploadBytes, long maxBodyBytes) {
    static ApiConfig read(ConfigReader in) {
        HostPort listen = in.value("listen", "127.0.0.1:8774", HostPort::parse);
        return new ApiConfig(
                listen,
                TlsConfig.read(in, listen),
                HttpLimits.read(in, 128, 1024, 256),
                in.value("max_upload", "1TiB", Values::bytes),
                in.value("max_body", "1MiB", text -> Values.bytesBetween(text, 64L << 10, 256L << 20)));
    }
}
