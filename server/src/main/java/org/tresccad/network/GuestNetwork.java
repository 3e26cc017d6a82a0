package org.tresccad.network;

/**
 * Facts about the guest network.
 *
 * @param bridge name of the bridge device
 * @param gateway the host's address on it
 * @param prefixLength length of the network's prefix
 * @param mtu in bytes
 */
public record GuestNetwork(String bridge, Ipv4 gateway, int prefixLength, int mtu) {
    /** All of its addresses. */
    public Subnet subnet() {
        int mask = prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
        return new Subnet(new Ipv4(gateway.bits() & mask), prefixLength);
    }
}
