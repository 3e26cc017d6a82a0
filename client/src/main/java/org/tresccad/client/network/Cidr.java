package org.tresccad.client.network;

/** An IPv4 network in CIDR notation, to ask what lies in it. */
public record Cidr(int network, int prefixLength) {
    /**
     * Reads {@code 192.0.2.0/24}.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,2}")) {
            throw new IllegalArgumentException("not an IPv4 network: " + text);
        }
        int length = Integer.parseInt(text.substring(slash + 1));
        if (length > 32) {
            throw new IllegalArgumentException("not an IPv4 network: " + text);
        }
        return new Cidr(bits(text.substring(0, slash)) & mask(length), length);
    }

    /** Whether {@code address} is an IPv4 address of it. */
    public boolean contains(String address) {
        try {
            return (bits(address) & mask(prefixLength)) == network;
        } catch (IllegalArgumentException notIpv4) {
            return false;
        }
    }

    private static int mask(int length) {
        return length == 0 ? 0 : -1 << (32 - length);
    }

    private static int bits(String address) {
        if (!address.matches("([0-9]{1,3}\\.){3}[0-9]{1,3}")) {
            throw new IllegalArgumentException("not an IPv4 address: " + address);
        }
        int bits = 0;
        for (String part : address.split("\\.", -1)) {
            int value = Integer.parseInt(part);
            if (value > 255) {
                throw new IllegalArgumentException("not an IPv4 address: " + address);
            }
            bits = bits << 8 | value;
        }
        return bits;
    }
}
