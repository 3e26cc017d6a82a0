package org.tresccad.daemon;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.state.DurableFiles;

/**
 * Our own certificate and key, {@code certificate.pem} and {@code key.pem} (0600) in one directory: EC P-256, ten
 * years, renewed with a new key when it lacks a name or ends within 30 days. Clients trust the certificate itself, so
 * it is renewed no more often than that: a name that is no longer needed may stay in it.
 */
final class SelfSigned {
    private static final Logger LOG = LoggerFactory.getLogger(SelfSigned.class);
    private static final Duration VALIDITY = Duration.ofDays(3650);
    private static final Duration RENEWED_BEFORE_END = Duration.ofDays(30);

    /** Clocks differ between hosts; a certificate from a little in the future would be refused. */
    private static final Duration CLOCK_SKEW = Duration.ofDays(1);

    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private final Path directory;
    private final Clock clock;

    SelfSigned(Path directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
    }

    Path certificateFile() {
        return directory.resolve("certificate.pem");
    }

    Path keyFile() {
        return directory.resolve("key.pem");
    }

    /** The pair on disk if it serves for {@code names}, otherwise a new one, which is on disk when this returns. */
    KeyPairFiles loadOrMake(SubjectNames names) {
        if (Files.exists(certificateFile()) && Files.exists(keyFile())) {
            try {
                KeyPairFiles pair = KeyPairFiles.read(certificateFile(), keyFile());
                if (serves(pair.chain().get(0), names)) {
                    return pair;
                }
                LOG.info("Renewing the certificate in {}: it ends soon or lacks one of {}", directory, names);
            } catch (TlsUnusable e) {
                // A crash between the two renames leaves the new key beside the old certificate.
                LOG.warn("Renewing the certificate in {}: {}", directory, e.getMessage());
            }
        }
        return make(names);
    }

    private boolean serves(X509Certificate certificate, SubjectNames names) {
        Instant soon = clock.instant().plus(RENEWED_BEFORE_END);
        return certificate.getNotAfter().toInstant().isAfter(soon)
                && namesIn(certificate).covers(names);
    }

    static SubjectNames namesIn(X509Certificate certificate) {
        Set<String> dns = new TreeSet<>();
        Set<String> addresses = new TreeSet<>();
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            for (List<?> name : names == null ? List.<List<?>>of() : names) {
                if (name.get(0).equals(DNS_NAME)) {
                    dns.add(name.get(1).toString());
                } else if (name.get(0).equals(IP_ADDRESS)) {
                    addresses.add(SubjectNames.literal(
                            InetAddress.getByName(name.get(1).toString())));
                }
            }
        } catch (CertificateParsingException | UnknownHostException e) {
            LOG.warn("The certificate's names cannot be read", e);
        }
        return new SubjectNames(dns, addresses);
    }

    private KeyPairFiles make(SubjectNames names) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keys = generator.generateKeyPair();
            X509Certificate certificate = certificate(keys, names);
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            DurableFiles.write(keyFile(), pem(new JcaPKCS8Generator(keys.getPrivate(), null)));
            DurableFiles.write(certificateFile(), pem(certificate));
            return new KeyPairFiles(List.of(certificate), keys.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException | IOException | UncheckedIOException e) {
            throw new TlsUnusable("A certificate could not be made in " + directory + ": " + e.getMessage(), e);
        }
    }

    private X509Certificate certificate(KeyPair keys, SubjectNames names)
            throws GeneralSecurityException, OperatorCreationException, CertIOException {
        Instant now = clock.instant();
        // Who verifies looks at the alternative names; this one is for people who list what they trust.
        String host = names.dns().stream()
                .filter(name -> !name.equals("localhost"))
                .findFirst()
                .orElse("localhost");
        X500Name self =
                new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, host).build();
        List<GeneralName> alternatives = new ArrayList<>();
        names.dns().forEach(name -> alternatives.add(new GeneralName(GeneralName.dNSName, name)));
        names.addresses().forEach(address -> alternatives.add(new GeneralName(GeneralName.iPAddress, address)));
        JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                        self,
                        new BigInteger(127, new SecureRandom()).add(BigInteger.ONE),
                        Date.from(now.minus(CLOCK_SKEW)),
                        Date.from(now.plus(VALIDITY)),
                        self,
                        keys.getPublic())
                .addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(alternatives.toArray(new GeneralName[0])))
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                .addExtension(Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(keys.getPublic()));
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    }

    private static String pem(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }
}
