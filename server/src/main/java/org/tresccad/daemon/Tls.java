package org.tresccad.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.HexFormat;
import java.util.function.Predicate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.tresccad.daemon.config.HostConfig;
import org.tresccad.daemon.config.HostPort;
import org.tresccad.daemon.config.TlsConfig;

/**
 * What the API listener proves itself with.
 *
 * @param context for servers
 * @param fingerprint SHA-256 of the certificate, {@code AB:CD:...}, for people to compare
 * @param certificate file with the certificate in PEM, for clients to trust
 */
public record Tls(SSLContext context, String fingerprint, Path certificate) {
    private static final char[] IN_MEMORY = "in memory only".toCharArray();

    /**
     * The operator's key pair, or our own self-signed one under {@code <state_dir>/tls}, made or renewed as needed.
     *
     * @param listen the API's address, which a self-signed certificate names
     * @param isGuestAddress addresses of the guest network come and go and are never named
     * @throws TlsUnusable when a file is missing, damaged, or the two do not belong together
     */
    public static Tls load(
            TlsConfig config, HostConfig host, HostPort listen, Predicate<InetAddress> isGuestAddress, Clock clock) {
        if (config.operatorKey().isPresent()) {
            TlsConfig.KeyFiles files = config.operatorKey().get();
            return of(KeyPairFiles.read(files.certificate(), files.key()), files.certificate());
        }
        Path directory = host.stateDir().resolve("tls");
        SelfSigned selfSigned = new SelfSigned(directory, clock);
        KeyPairFiles pair = selfSigned.loadOrMake(SubjectNames.of(host.name(), listen.address(), isGuestAddress));
        return of(pair, selfSigned.certificateFile());
    }

    private static Tls of(KeyPairFiles pair, Path certificate) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("api", pair.key(), IN_MEMORY, pair.chain().toArray(new X509Certificate[0]));
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, IN_MEMORY);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(pair.chain().get(0).getEncoded());
            return new Tls(context, HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest), certificate);
        } catch (GeneralSecurityException | IOException e) {
            throw new TlsUnusable("The certificate " + certificate + " cannot be used: " + e.getMessage(), e);
        }
    }
}
