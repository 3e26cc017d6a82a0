package org.tresccad.network;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The host's guest network: one bridge, DHCP with fixed leases, NAT, isolation, and who has which address. */
public interface Network {
    /**
     * Reserves an address pair, in the caller's transaction; {@link #apply} makes it answer.
     *
     * @param mac kept when given
     * @param address kept when given
     * @throws AddressInUse when a given MAC or address belongs to another port
     * @throws AddressesExhausted when no address is free
     */
    Port allocate(Handle transaction, String owner, String hostname, Optional<MacAddress> mac, Optional<Ipv4> address);

    /** Frees the owner's ports, in the caller's transaction; {@link #apply} stops them from answering. */
    void release(Handle transaction, String owner);

    /** The owner's port. */
    Optional<Port> portOf(String owner);

    /** The port with that address: how the guest API knows who is calling. */
    Optional<Port> portAt(Ipv4 address);

    /** All ports. */
    List<Port> ports();

    /** Whether the address belongs to this network, can be given to a guest and is free. */
    boolean isFree(Ipv4 address);

    /**
     * Makes DHCP, DNS and what guests may send agree with the ports in the database. Cheap; call it after every change,
     * and before a guest runs at a new port.
     */
    void apply();

    /** Facts for the domain XML and for guests. */
    GuestNetwork guestNetwork();

    /**
     * Makes bridge, addresses, rules and the DHCP server as they should be, whatever a crash left behind. Idempotent;
     * touches nothing that is not ours.
     */
    void reconcile();

    /** Stops the DHCP server; bridge and rules stay so that guests keep their network while the daemon is away. */
    void stop();

    /** Removes bridge, rules, filters and leases. */
    void cleanup();
}
