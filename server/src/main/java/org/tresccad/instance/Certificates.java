package org.tresccad.instance;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.UserId;
import org.tresccad.instance.PublicKeys.Generated;

/** X.509 certificates as key pairs: what Windows guests take in place of an SSH key. */
public final class Certificates {
    private static final int RSA_BITS = 2048;
    private static final int SERIAL_BITS = 64;
    private static final Duration LIFETIME = Duration.ofDays(3650);

    private Certificates() {}

    /** Whether {@code publicKey} is a certificate in PEM and not an SSH key. */
    public static boolean isCertificate(String publicKey) {
        return publicKey.stripLeading().startsWith("-----BEGIN CERTIFICATE-----");
    }

    /**
     * SHA-1 over the certificate, with colons, as Nova shows it.
     *
     * @throws TresccadException BAD_REQUEST when {@code pem} is no certificate
     */
    public static String fingerprint(String pem) {
        try {
            byte[] encoded = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                    .getEncoded();
            return HexFormat.ofDelimiter(":")
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(encoded));
        } catch (CertificateException e) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST, "Keypair data is invalid: it is not an X.509 certificate in PEM.", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes a self-signed certificate of {@code user}, valid for ten years from {@code now}. */
    public static Generated generate(UserId user, Instant now) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            java.security.KeyPair pair = generator.generateKeyPair();
            var name = new X500NameBuilder().addRDN(BCStyle.CN, user.value()).build();
            var certificate = new JcaX509v3CertificateBuilder(
                            name,
                            new BigInteger(SERIAL_BITS, new SecureRandom()),
                            Date.from(now),
                            Date.from(now.plus(LIFETIME)),
                            name,
                            pair.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withRSA").build(pair.getPrivate()));
            return new Generated(pem(certificate), pem(pair.getPrivate()));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(Object thing) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(thing);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
