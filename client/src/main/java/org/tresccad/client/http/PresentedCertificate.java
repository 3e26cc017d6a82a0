package org.tresccad.client.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.SSLSocket;
import org.tresccad.client.error.CloudUnreachable;

/**
 * The certificate a server presents, for comparing its fingerprint with one that was told another way.
 *
 * @param fingerprint SHA-256 of its DER form, upper-case hex, colon between bytes
 * @param pem to be stored and trusted once the fingerprint is right
 */
public record PresentedCertificate(String fingerprint, String pem) {
    /** Connects to the host and port of {@code address} and looks, trusting nothing. */
    public static PresentedCertificate of(URI address, Duration timeout) {
        int port = address.getPort() < 0 ? 443 : address.getPort();
        String what = "look at its certificate";
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(address.getHost(), port), (int) timeout.toMillis());
            plain.setSoTimeout((int) timeout.toMillis());
            try (SSLSocket tls = (SSLSocket)
                    Certificates.sockets(Certificates.everyone()).createSocket(plain, address.getHost(), port, true)) {
                tls.startHandshake();
                return of((X509Certificate) tls.getSession().getPeerCertificates()[0]);
            }
        } catch (IOException failed) {
            throw new CloudUnreachable(
                    address.getHost(),
                    what,
                    address.getHost() + ":" + port,
                    String.valueOf(failed.getMessage()),
                    failed);
        }
    }

    /** Whether {@code told} is this fingerprint; case, colons and a leading {@code SHA256:} do not matter. */
    public boolean matches(String told) {
        return plain(told).equals(plain(fingerprint));
    }

    private static PresentedCertificate of(X509Certificate certificate) {
        try {
            byte[] der = certificate.getEncoded();
            String print = HexFormat.ofDelimiter(":")
                    .withUpperCase()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(der));
            String body = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                    .encodeToString(der);
            return new PresentedCertificate(
                    print, "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n");
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("a certificate that was parsed has an encoding", broken);
        }
    }

    private static String plain(String print) {
        return print.toUpperCase(Locale.ROOT).replaceFirst("^SHA-?256[:=]", "").replace(":", "");
    }
}
