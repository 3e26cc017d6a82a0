package org.tresccad.rest.nova.json;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tresccad.network.Ipv4;

/** {@code accessIPv4} and {@code accessIPv6} of a request: never resolved as names, IPv6 made canonical. */
public final class AccessAddresses {
    private AccessAddresses() {}

    /** The address in {@code field}; empty for an empty string. */
    public static Optional<String> ipv4(Fields fields, String field) {
        return fields.text(field, 0, 64).filter(text -> !text.isEmpty()).map(text -> {
            try {
                return Ipv4.parse(text).toString();
            } catch (IllegalArgumentException e) {
                throw Fields.invalid(field, "is not an IPv4 address");
            }
        });
    }

    /** The address in {@code field}, as RFC 5952 writes it; empty for an empty string. */
    public static Optional<String> ipv6(Fields fields, String field) {
        return fields.text(field, 0, 64).filter(text -> !text.isEmpty()).map(text -> {
            if (!text.contains(":") || !text.matches("[0-9A-Fa-f:.]+")) {
                throw Fields.invalid(field, "is not an IPv6 address");
            }
            try {
                // A text with a colon is never looked up as a name.
                byte[] bytes = InetAddress.getByName(text).getAddress();
                return canonical(bytes);
            } catch (UnknownHostException e) {
                throw Fields.invalid(field, "is not an IPv6 address");
            }
        });
    }

    /** An IPv4-mapped address is what Java makes of four bytes. */
    private static String canonical(byte[] bytes) {
        if (bytes.length == 4) {
            return "::ffff:" + new Ipv4(ByteBuffer.wrap(bytes).getInt());
        }
        List<Integer> words = new ArrayList<>();
        for (int i = 0; i < bytes.length; i += 2) {
            words.add(((bytes[i] & 255) << 8) | (bytes[i + 1] & 255));
        }
        int start = -1;
        int length = 1;
        for (int i = 0; i < words.size(); i++) {
            int end = i;
            while (end < words.size() && words.get(end) == 0) {
                end++;
            }
            if (end - i > length) {
                start = i;
                length = end - i;
            }
        }
        return start < 0
                ? joined(words)
                : joined(words.subList(0, start)) + "::" + joined(words.subList(start + length, words.size()));
    }

    private static String joined(List<Integer> words) {
        return String.join(":", words.stream().map(Integer::toHexString).toList());
    }
}
