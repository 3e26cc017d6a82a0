package org.tresccad.instance;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.util.OpenSSHPublicKeyUtil;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** OpenSSH public keys: read strictly, and made. */
public final class PublicKeys {
    private static final int LONGEST = 16_384;
    private static final int RSA_BITS = 2048;
    /** Types BouncyCastle reads, so that the key itself is checked and not only its frame. */
    private static final Set<String> CHECKED = Set.of(
            "ssh-rsa", "ssh-dss", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521");

    /** Types of keys on security tokens, of which only the frame is checked (OpenSSH's PROTOCOL.u2f). */
    private static final Set<String> FRAMED =
            Set.of("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com");

    private PublicKeys() {}

    /**
     * A new key pair.
     *
     * @param publicKey one line in OpenSSH's format
     * @param privateKey PEM, RSA, unencrypted: what every SSH client reads; shown once and never stored
     */
    public record Generated(String publicKey, String privateKey) {
        @Override
        public String toString() {
            return "Generated[publicKey=" + publicKey + "]";
        }
    }

    /**
     * MD5 over the key's blob, with colons, as Nova shows it.
     *
     * @throws TresccadException BAD_REQUEST when {@code line} is not one OpenSSH public key
     */
    public static String fingerprint(String line) {
        return HexFormat.ofDelimiter(":").formatHex(md5(blob(line)));
    }

    /** Makes an RSA key of 2048 bits, as Nova does. */
    public static Generated generate() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            java.security.KeyPair pair = generator.generateKeyPair();
            RSAPublicKey key = (RSAPublicKey) pair.getPublic();
            byte[] blob = OpenSSHPublicKeyUtil.encodePublicKey(
                    new RSAKeyParameters(false, key.getModulus(), key.getPublicExponent()));
            StringWriter pem = new StringWriter();
            try (JcaPEMWriter writer = new JcaPEMWriter(pem)) {
                writer.writeObject(pair.getPrivate());
            }
            return new Generated(
                    "ssh-rsa " + Base64.getEncoder().encodeToString(blob) + " Generated-by-tresccad", pem.toString());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] blob(String line) {
        String[] words = line.strip().split("[ \t]+", 3);
        if (line.length() > LONGEST || line.strip().contains("\n") || words.length < 2) {
            throw invalid("it is not one line of type, key and comment");
        }
        String type = words[0];
        if (!CHECKED.contains(type) && !FRAMED.contains(type)) {
            throw invalid("its type is not one that OpenSSH has");
        }
        byte[] blob;
        try {
            blob = Base64.getDecoder().decode(words[1]);
        } catch (IllegalArgumentException e) {
            throw invalid("the key is not base64");
        }
        if (!typeInside(blob).equals(type)) {
            throw invalid("the key is not a key of the type " + type);
        }
        if (CHECKED.contains(type)) {
            try {
                OpenSSHPublicKeyUtil.parsePublicKey(blob);
            } catch (RuntimeException e) {
                throw invalid("the key is damaged");
            }
        }
        return blob;
    }

    /** The first string of the blob (RFC 4253, section 6.6): the type again. */
    private static String typeInside(byte[] blob) {
        if (blob.length < Integer.BYTES) {
            throw invalid("the key is too short");
        }
        int length = ByteBuffer.wrap(blob).getInt();
        if (length < 0 || length > blob.length - Integer.BYTES) {
            throw invalid("the key is damaged");
        }
        return new String(blob, Integer.BYTES, length, StandardCharsets.US_ASCII);
    }

    private static byte[] md5(byte[] data) {
        try {
            return MessageDigest.getInstance("MD5").digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TresccadException invalid(String why) {
        return new TresccadException(ErrorKind.BAD_REQUEST, "Keypair data is invalid: " + why + ".");
    }
}
