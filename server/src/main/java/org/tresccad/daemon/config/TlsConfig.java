package org.tresccad.daemon.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * TLS of the API listener, decided.
 *
 * @param enabled whether it is spoken at all
 * @param operatorKey the operator's own certificate and key; without it a self-signed pair is made
 */
public record TlsConfig(boolean enabled, Optional<KeyFiles> operatorKey) {
    /** Files in PEM: a certificate chain, own certificate first, and its private key. */
    public record KeyFiles(Path certificate, Path key) {}

    /** What may be written in {@code api.tls}. */
    enum Mode {
        /** TLS unless the address is loopback. */
        AUTO,
        /** Never; refused for an address others can reach. */
        OFF,
        /** Always. */
        ON
    }

    static TlsConfig read(ConfigReader in, HostPort listen) {
        Mode mode = in.choice("tls", Mode.AUTO);
        Optional<Path> certificate = in.optional("certificate", Values::absolutePath);
        Optional<Path> key = in.optional("key", Values::absolutePath);
        if (certificate.isPresent() != key.isPresent()) {
            String missing = key.isPresent() ? "certificate" : "key";
            in.problem(missing, "a certificate and its key come together: set both or neither");
        }
        if (mode == Mode.OFF && !listen.isLoopback()) {
            in.problem(
                    "tls",
                    "\"off\" is only allowed on a loopback address, and api.listen is " + listen
                            + ": passwords and memory images would cross the network readable");
        }
        boolean enabled = mode == Mode.ON || (mode == Mode.AUTO && (!listen.isLoopback() || certificate.isPresent()));
        return new TlsConfig(enabled, certificate.flatMap(c -> key.map(k -> new KeyFiles(c, k))));
    }
}
