package org.tresccad.network;

/**
 * An IPv4 network in CIDR notation.
 *
 * @param network its first address; no host bits set
 * @param prefixLength 8 to 30, so that there is room for a gateway and a guest
 */
public record Subnet(Ipv4 network, int prefixLength) {
    /** Checks. */
    public Subnet {
        if (prefixLength < 8 || prefixLength > 30) {
            throw new IllegalArgumentException("a guest network's prefix is 8 to 30 bits, not " + prefixLength);
        }
        if ((network.bits() & ~mask(prefixLength)) != 0) {
            throw new IllegalArgumentException(
                    network + "/" + prefixLength + " is an address inside a network; the network is "
                            + new Ipv4(network.bits() & mask(prefixLength)) + "/" + prefixLength);
        }
    }

    /**
     * The network that {@code text} spells, {@code 192.0.2.0/24}.
     *
     * @throws IllegalArgumentException when it does not
     */
    public static Subnet parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[1-9][0-9]?")) {
            throw new IllegalArgumentException("\"" + text + "\" is not a network such as 10.77.0.0/24");
        }
        return new Subnet(Ipv4.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /** Whether {@code address} lies in this network, its first and last address included. */
    public boolean contains(Ipv4 address) {
        return (address.bits() & mask(prefixLength)) == network.bits();
    }

    /** The last address. */
    public Ipv4 broadcast() {
        return new Ipv4(network.bits() | ~mask(prefixLength));
    }

    /** The mask in dotted form. */
    public Ipv4 netmask() {
        return new Ipv4(mask(prefixLength));
    }

    /** Whether {@code address} can be a host's: in the network, neither its first nor its last address. */
    public boolean isHost(Ipv4 address) {
        return contains(address) && !address.equals(network) && !address.equals(broadcast());
    }

    /** How many addresses can be hosts'. */
    public int hosts() {
        return (1 << (32 - prefixLength)) - 2;
    }

    private static int mask(int prefixLength) {
        return -1 << (32 - prefixLength);
    }

    @Override
    public String toString() {
        return network + "/" + prefixLength;
    }
}
