package org.tresccad.daemon;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/**
 * A certificate chain and its private key, from files in PEM. The key may be EC or RSA, in PKCS#8 or in OpenSSL's older
 * forms; not encrypted, as nobody is there to type a passphrase.
 *
 * @param chain own certificate first
 */
record KeyPairFiles(List<X509Certificate> chain, PrivateKey key) {
    KeyPairFiles {
        chain = List.copyOf(chain);
    }

    /**
     * Reads both and makes sure that they belong together.
     *
     * @throws TlsUnusable with the file and what is wrong with it
     */
    static KeyPairFiles read(Path certificate, Path key) {
        KeyPairFiles pair = new KeyPairFiles(readChain(certificate), readKey(key));
        if (!pair.belongTogether()) {
            throw new TlsUnusable("The key " + key + " is not the key of the certificate " + certificate);
        }
        return pair;
    }

    private static List<X509Certificate> readChain(Path file) {
        try (var in = Files.newInputStream(file)) {
            List<X509Certificate> chain = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (chain.isEmpty()) {
                throw new TlsUnusable("There is no certificate in " + file);
            }
            return chain;
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsUnusable("The certificate " + file + " cannot be read: " + e, e);
        }
    }

    private static PrivateKey readKey(Path file) {
        try (Reader reader = Files.newBufferedReader(file);
                PEMParser parser = new PEMParser(reader)) {
            JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
            for (Object found = parser.readObject(); found != null; found = parser.readObject()) {
                if (found instanceof PrivateKeyInfo info) {
                    return converter.getPrivateKey(info);
                } else if (found instanceof PEMKeyPair pair) {
                    return converter.getPrivateKey(pair.getPrivateKeyInfo());
                } else if (found instanceof PEMEncryptedKeyPair || found instanceof PKCS8EncryptedPrivateKeyInfo) {
                    throw new TlsUnusable("The key " + file + " is encrypted; it must not be (chmod 600 protects it)");
                }
            }
        } catch (IOException e) {
            throw new TlsUnusable("The key " + file + " cannot be read: " + e, e);
        }
        throw new TlsUnusable("There is no private key in " + file);
    }

    private boolean belongTogether() {
        try {
            byte[] probe = new byte[32];
            new SecureRandom().nextBytes(probe);
            String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(chain.get(0).getPublicKey());
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            // Keys of different algorithms fail in this way and not by a wrong signature.
            return false;
        }
    }
}
