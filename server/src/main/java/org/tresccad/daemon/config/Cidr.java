package org.tresccad.daemon.config;

import org.tresccad.network.Ipv4;

/**
 * An IPv4 network.
 *
 * @param address its first address
 * @param prefixLength 8 to 30
 */
public record Cidr(Ipv4 address, int prefixLength) {
    /** Refuses bits set behind the prefix. */
    public Cidr {
        if (prefixLength < 8 || prefixLength > 30) {
            throw new IllegalArgumentException("a guest network's prefix is 8 to 30 bits, not " + prefixLength);
        }
        if ((address.bits() & ~mask(prefixLength)) != 0) {
            throw new IllegalArgumentException(
                    address + "/" + prefixLength + " is an address inside a network; the network is "
                            + new Ipv4(address.bits() & mask(prefixLength)) + "/" + prefixLength);
        }
    }

    /** Parses {@code 10.77.0.0/24}. */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not a network such as 10.77.0.0/24");
        }
        return new Cidr(Ipv4.parse(text.substring(0, slash)), Values.whole(text.substring(slash + 1), 0, 32));
    }

    /** Whether {@code other} lies in this network. */
    public boolean contains(Ipv4 other) {
        return (other.bits() & mask(prefixLength)) == address.bits();
    }

    private static int mask(int prefixLength) {
        return -1 << (32 - prefixLength);
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
