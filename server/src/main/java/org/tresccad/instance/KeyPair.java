package org.tresccad.instance;

import java.time.Instant;

/**
 * A public key of a user.
 *
 * @param publicKey one line in OpenSSH's format, or an X.509 certificate in PEM
 * @param fingerprint MD5 of the key or SHA-1 of the certificate, with colons, as Nova shows it
 */
public record KeyPair(String name, String publicKey, String fingerprint, Instant createdAt) {
    /** Nova's word for what it is: {@code ssh} or {@code x509}. */
    public String type() {
        return Certificates.isCertificate(publicKey) ? "x509" : "ssh";
    }
}
