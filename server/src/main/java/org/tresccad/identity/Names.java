package org.tresccad.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Names of users and projects, and the ids derived from them. */
final class Names {
    private static final int LONGEST = 64;

    private Names() {}

    /** Refuses a name that is empty, longer than Keystone's 64 characters, or holds control characters. */
    static void check(String what, String name) {
        if (name.isBlank() || name.length() > LONGEST || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "a " + what + "'s name has 1 to " + LONGEST + " printable characters: \"" + name + "\"");
        }
    }

    /** Keystone's form of a UUID (32 digits), version 5 (RFC 9562, section 5.5), of a kind and a name. */
    static String derivedId(String kind, String name) {
        byte[] id = Arrays.copyOf(
                digest("SHA-1", ("https://tresccad.org/" + kind + "/" + name).getBytes(StandardCharsets.UTF_8)), 16);
        id[6] = (byte) ((id[6] & 0x0f) | 0x50);
        id[8] = (byte) ((id[8] & 0x3f) | 0x80);
        return HexFormat.of().formatHex(id);
    }

    static byte[] digest(String algorithm, byte[] data) {
        try {
            return MessageDigest.getInstance(algorithm).digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(algorithm + " is in every Java runtime", e);
        }
    }
}
