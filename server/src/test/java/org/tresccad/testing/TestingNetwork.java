package org.tresccad.testing;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.tresccad.network.AddressInUse;
import org.tresccad.network.AddressesExhausted;
import org.tresccad.network.GuestNetwork;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.network.Network;
import org.tresccad.network.Port;
import org.tresccad.network.PortId;
import org.tresccad.state.Database;

/** The guest network 10.99.0.0/24 without a bridge. Ports are rows, so that a transaction's rollback takes them back. */
public final class TestingNetwork implements Network {
    private static final Ipv4 GATEWAY = Ipv4.parse("10.99.0.1");
    private static final int LAST = 253;

    private final Database database;
    private final AtomicInteger applied = new AtomicInteger();

    /** Over a table of its own in {@code database}. */
    public TestingNetwork(Database database) {
        this.database = database;
        database.execute(transaction -> transaction.execute("CREATE TABLE IF NOT EXISTS testing_port"
                + " (id TEXT, owner TEXT, mac TEXT UNIQUE, address TEXT UNIQUE, hostname TEXT, tap TEXT)"));
    }

    /** How often {@link #apply} was called. */
    public int timesApplied() {
        return applied.get();
    }

    @Override
    public Port allocate(
            Handle transaction, String owner, String hostname, Optional<MacAddress> mac, Optional<Ipv4> address) {
        List<Port> taken = ports(transaction);
        mac.filter(wanted -> taken.stream().anyMatch(p -> p.mac().equals(wanted)))
                .ifPresent(wanted -> {
                    throw new AddressInUse(wanted.toString());
                });
        address.filter(wanted -> taken.stream().anyMatch(p -> p.address().equals(wanted)))
                .ifPresent(wanted -> {
                    throw new AddressInUse(wanted.toString());
                });
        Ipv4 given =
                address.or(() -> firstFree(taken)).orElseThrow(() -> new AddressesExhausted(GATEWAY.plus(-1) + "/24"));
        int low = given.bits() & 0xffff;
        PortId id = PortId.random();
        Port port = new Port(
                id,
                owner,
                mac.orElseGet(() -> new MacAddress(String.format("52:54:00:63:%02x:%02x", low >> 8, low & 0xff))),
                given,
                hostname,
                "tap" + id.toString().substring(0, 8));
        transaction.execute(
                "INSERT INTO testing_port VALUES (?, ?, ?, ?, ?, ?)",
                id.toString(),
                owner,
                port.mac().toString(),
                given.toString(),
                hostname,
                port.tap());
        return port;
    }

    @Override
    public void release(Handle transaction, String owner) {
        transaction.execute("DELETE FROM testing_port WHERE owner = ?", owner);
    }

    @Override
    public Optional<Port> portOf(String owner) {
        return ports().stream().filter(p -> p.owner().equals(owner)).findFirst();
    }

    @Override
    public Optional<Port> portAt(Ipv4 address) {
        return ports().stream().filter(p -> p.address().equals(address)).findFirst();
    }

    @Override
    public List<Port> ports() {
        return database.read(TestingNetwork::ports);
    }

    @Override
    public boolean isFree(Ipv4 address) {
        int host = address.bits() - GATEWAY.bits();
        return host >= 1 && host <= LAST && portAt(address).isEmpty();
    }

    @Override
    public void apply() {
        applied.incrementAndGet();
    }

    @Override
    public GuestNetwork guestNetwork() {
        return new GuestNetwork("br-testing", GATEWAY, 24, 1500);
    }

    @Override
    public void reconcile() {
        apply();
    }

    @Override
    public void stop() {}

    @Override
    public void cleanup() {
        database.execute(transaction -> transaction.execute("DELETE FROM testing_port"));
    }

    private static Optional<Ipv4> firstFree(List<Port> taken) {
        for (int host = 1; host <= LAST; host++) {
            Ipv4 candidate = GATEWAY.plus(host);
            if (taken.stream().noneMatch(p -> p.address().equals(candidate))) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private static List<Port> ports(Handle handle) {
        return handle.createQuery("SELECT * FROM testing_port ORDER BY rowid")
                .map(TestingNetwork::map)
                .list();
    }

    private static Port map(ResultSet row, StatementContext context) throws SQLException {
        return new Port(
                new PortId(UUID.fromString(row.getString("id"))),
                row.getString("owner"),
                new MacAddress(row.getString("mac")),
                Ipv4.parse(row.getString("address")),
                row.getString("hostname"),
                row.getString("tap"));
    }
}
