package org.tresccad.daemon;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** Certificates as an operator might bring them. */
final class TestingCertificates {
    private TestingCertificates() {}

    /** A certificate of {@code keys}, signed by themselves. */
    static X509Certificate selfSigned(KeyPair keys) throws Exception {
        X500Name name = new X500Name("CN=operator");
        String algorithm = keys.getPrivate().getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        return new JcaX509CertificateConverter()
                .getCertificate(new JcaX509v3CertificateBuilder(
                                name,
                                BigInteger.ONE,
                                Date.from(Instant.EPOCH),
                                Date.from(Instant.parse("2100-01-01T00:00:00Z")),
                                name,
                                keys.getPublic())
                        .build(new JcaContentSignerBuilder(algorithm).build(keys.getPrivate())));
    }

    /** What goes into a file that begins with {@code BEGIN EC PRIVATE KEY} or {@code BEGIN RSA PRIVATE KEY}. */
    static Object inOpensslsOwnForm(PrivateKey key) throws Exception {
        if (key instanceof java.security.interfaces.ECPrivateKey ec) {
            // RFC 5915; OpenSSL puts the curve into it, BouncyCastle's writer does not.
            ECPrivateKey structure = new ECPrivateKey(256, ec.getS(), SECObjectIdentifiers.secp256r1);
            return new PemObject("EC PRIVATE KEY", structure.getEncoded());
        }
        return key;
    }
}
