package org.tresccad.network;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.tresccad.network.NetworkSettings.Addressing;
import org.tresccad.state.Database;

/**
 * Who has which address, in the database. Transactions of {@link Database} hold the write lock from their start, so what
 * is seen as free stays free until the commit; the table's constraints stand behind that.
 */
public final class SqlitePorts {
    private static final int MAC_TRIES = 100;
    private static final RowMapper<Port> PORT = (row, context) -> new Port(
            new PortId(UUID.fromString(row.getString("id"))),
            row.getString("owner"),
            new MacAddress(row.getString("mac")),
            Ipv4.parse(row.getString("address")),
            row.getString("hostname"),
            row.getString("tap"));

    private final Database database;
    private final Addressing addressing;
    private final RandomGenerator random;

    /** Ports in {@code database} with addresses of {@code addressing}. */
    public SqlitePorts(Database database, Addressing addressing) {
        this(database, addressing, new SecureRandom());
    }

    SqlitePorts(Database database, Addressing addressing, RandomGenerator random) {
        this.database = database;
        this.addressing = addressing;
        this.random = random;
    }

    /**
     * As {@link Network#allocate}; an address that is not given is the smallest free one.
     *
     * @throws AddressUnusable when a given address is not for guests
     * @throws IllegalStateException when the owner has a port already
     */
    public Port allocate(
            Handle transaction, String owner, String hostname, Optional<MacAddress> mac, Optional<Ipv4> address) {
        if (count(transaction, "owner", owner) != 0) {
            throw new IllegalStateException(owner + " has a port already");
        }
        PortId id = PortId.random();
        Port port = new Port(
                id,
                owner,
                mac.map(given -> requireFree(transaction, given)).orElseGet(() -> freeMac(transaction)),
                address.map(given -> requireFree(transaction, given)).orElseGet(() -> smallestFree(transaction)),
                hostname,
                Port.tapOf(id));
        transaction
                .createUpdate("INSERT INTO port (id, owner, mac, address, hostname, tap)"
                        + " VALUES (:id, :owner, :mac, :address, :hostname, :tap)")
                .bind("id", port.id().toString())
                .bind("owner", owner)
                .bind("mac", port.mac().value())
                .bind("address", port.address().toString())
                .bind("hostname", hostname)
                .bind("tap", port.tap())
                .execute();
        return port;
    }

    /** As {@link Network#release}. */
    public void release(Handle transaction, String owner) {
        transaction.execute("DELETE FROM port WHERE owner = ?", owner);
    }

    /** As {@link Network#portOf}. */
    public Optional<Port> portOf(String owner) {
        return database.read(handle -> handle.createQuery("SELECT * FROM port WHERE owner = :owner")
                .bind("owner", owner)
                .map(PORT)
                .findOne());
    }

    /** As {@link Network#portAt}. */
    public Optional<Port> portAt(Ipv4 address) {
        return database.read(handle -> handle.createQuery("SELECT * FROM port WHERE address = :address")
                .bind("address", address.toString())
                .map(PORT)
                .findOne());
    }

    /** As {@link Network#ports}, ordered by address. */
    public List<Port> ports() {
        return database.read(handle -> handle.createQuery("SELECT * FROM port").map(PORT).stream()
                .sorted((a, b) -> a.address().compareTo(b.address()))
                .toList());
    }

    /** As {@link Network#isFree}. */
    public boolean isFree(Ipv4 address) {
        return addressing.isForGuests(address) && portAt(address).isEmpty();
    }

    private MacAddress requireFree(Handle transaction, MacAddress mac) {
        if (count(transaction, "mac", mac.value()) != 0) {
            throw new AddressInUse(mac.value());
        }
        return mac;
    }

    private Ipv4 requireFree(Handle transaction, Ipv4 address) {
        if (!addressing.isForGuests(address)) {
            throw new AddressUnusable(address, addressing.subnet());
        }
        if (count(transaction, "address", address.toString()) != 0) {
            throw new AddressInUse(address.toString());
        }
        return address;
    }

    private MacAddress freeMac(Handle transaction) {
        for (int i = 0; i < MAC_TRIES; i++) {
            byte[] tail = new byte[3];
            random.nextBytes(tail);
            MacAddress mac = new MacAddress(
                    addressing.macPrefix() + ":" + HexFormat.ofDelimiter(":").formatHex(tail));
            if (count(transaction, "mac", mac.value()) == 0) {
                return mac;
            }
        }
        throw new AddressesExhausted(addressing.macPrefix() + ":*");
    }

    private Ipv4 smallestFree(Handle transaction) {
        Set<String> taken = new HashSet<>(transaction
                .createQuery("SELECT address FROM port")
                .mapTo(String.class)
                .list());
        Ipv4 last = addressing.subnet().broadcast();
        for (Ipv4 address = addressing.subnet().network(); address.compareTo(last) < 0; address = address.plus(1)) {
            if (addressing.isForGuests(address) && !taken.contains(address.toString())) {
                return address;
            }
        }
        throw new AddressesExhausted(addressing.subnet().toString());
    }

    private static int count(Handle transaction, String column, String value) {
        // The column is one of ours, never input.
        return transaction
                .createQuery("SELECT count(*) FROM port WHERE " + column + " = :value")
                .bind("value", value)
                .mapTo(Integer.class)
                .one();
    }
}
