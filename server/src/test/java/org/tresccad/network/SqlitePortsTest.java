package org.tresccad.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.network.NetworkSettings.Addressing;
import org.tresccad.state.Database;

class SqlitePortsTest {
    private static final Addressing SMALL = TestingNetworkSettings.addressing(
            "192.0.2.0/28", "192.0.2.3", "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8", "192.0.2.9", "192.0.2.10");

    @TempDir
    Path directory;

    private Database database;
    private SqlitePorts ports;

    @BeforeEach
    void open() {
        database = Database.open(directory.resolve("state.db"));
        ports = new SqlitePorts(database, SMALL);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void smallestFreeAddressIsGivenAndGatewayAndReservedOnesAreNot() {
        List<String> given = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            given.add(allocate("owner-" + i).address().toString());
        }

        assertThat(given)
                .containsExactly(
                        "192.0.2.1", "192.0.2.2", "192.0.2.4", "192.0.2.11", "192.0.2.12", "192.0.2.13", "192.0.2.14");
        assertThatThrownBy(() -> allocate("one too many")).isInstanceOf(AddressesExhausted.class);
    }

    @Test
    void releasedAddressIsGivenAgain() {
        Port first = allocate("first");
        allocate("second");

        database.execute(handle -> ports.release(handle, "first"));

        assertThat(ports.portOf("first")).isEmpty();
        assertThat(ports.portAt(first.address())).isEmpty();
        assertThat(ports.isFree(first.address())).isTrue();
        assertThat(allocate("third").address()).isEqualTo(first.address());
    }

    @Test
    void portIsFoundByOwnerAndAddress() {
        Port port = allocate("owner");

        assertThat(ports.portOf("owner")).contains(port);
        assertThat(ports.portAt(port.address())).contains(port);
        assertThat(ports.ports()).containsExactly(port);
        assertThat(ports.isFree(port.address())).isFalse();
        assertThat(port.mac().value()).startsWith("52:54:00:");
        assertThat(port.tap()).hasSize(15).matches(Port::isTapName);
    }

    @Test
    void portsAreOrderedByAddressAndNotByText() {
        allocate("b", Optional.empty(), Optional.of(Ipv4.parse("192.0.2.11")));
        allocate("a", Optional.empty(), Optional.of(Ipv4.parse("192.0.2.2")));

        assertThat(ports.ports()).extracting(Port::owner).containsExactly("a", "b");
    }

    @Test
    void givenAddressesAreKept() {
        MacAddress mac = new MacAddress("52:54:00:AA:bb:cc");
        Ipv4 address = Ipv4.parse("192.0.2.13");

        Port port = allocate("owner", Optional.of(mac), Optional.of(address));

        assertThat(port.mac()).hasToString("52:54:00:aa:bb:cc");
        assertThat(port.address()).isEqualTo(address);
    }

    @Test
    void addressOfAnotherPortIsRefused() {
        Port port = allocate("owner");

        assertThatThrownBy(() -> allocate("other", Optional.empty(), Optional.of(port.address())))
                .isInstanceOf(AddressInUse.class)
                .hasMessageContaining(port.address().toString());
        assertThatThrownBy(() -> allocate("other", Optional.of(port.mac()), Optional.empty()))
                .isInstanceOf(AddressInUse.class)
                .hasMessageContaining(port.mac().value());
        assertThat(ports.portOf("other")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.0", "192.0.2.3", "192.0.2.7", "192.0.2.15", "192.0.2.16", "198.51.100.1"})
    void addressThatIsNotForGuestsIsRefused(String address) {
        assertThat(ports.isFree(Ipv4.parse(address))).isFalse();
        assertThatThrownBy(() -> allocate("owner", Optional.empty(), Optional.of(Ipv4.parse(address))))
                .isInstanceOf(AddressUnusable.class);
    }

    @Test
    void secondPortOfAnOwnerIsRefused() {
        allocate("owner");

        assertThatIllegalStateException().isThrownBy(() -> allocate("owner"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a,b", "a\nb", "a.b", "-a", "a-", "a_b"})
    void hostnameThatIsNoDnsLabelIsRefused(String hostname) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> database.execute(
                        handle -> ports.allocate(handle, "owner", hostname, Optional.empty(), Optional.empty())));
    }

    @Test
    void macThatIsTakenIsNotDrawnAgain() {
        // Draws 00:00:00, again 00:00:00, then 00:00:01.
        int[] draws = {0, 0, 1};
        RandomGenerator scripted = new RandomGenerator() {
            private int next;

            @Override
            public long nextLong() {
                return draws[next++];
            }

            @Override
            public void nextBytes(byte[] bytes) {
                bytes[0] = 0;
                bytes[1] = 0;
                bytes[2] = (byte) nextLong();
            }
        };
        ports = new SqlitePorts(database, SMALL, scripted);

        assertThat(allocate("first").mac()).hasToString("52:54:00:00:00:00");
        assertThat(allocate("second").mac()).hasToString("52:54:00:00:00:01");
    }

    @Test
    void rolledBackTransactionGivesNothingAway() {
        assertThatIllegalStateException()
                .isThrownBy(() -> database.execute(handle -> {
                    ports.allocate(handle, "owner", "guest", Optional.empty(), Optional.empty());
                    throw new IllegalStateException("a later step failed");
                }));

        assertThat(ports.ports()).isEmpty();
    }

    @Test
    void allocationsAtTheSameTimeNeverShareAnAddress() throws Exception {
        ports = new SqlitePorts(database, TestingNetworkSettings.addressing("10.77.0.0/24", "10.77.0.1"));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Port>> calls = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String owner = "owner-" + i;
                calls.add(() -> allocate(owner));
            }
            List<Port> given = new ArrayList<>();
            for (Future<Port> call : threads.invokeAll(calls)) {
                given.add(call.get());
            }

            assertThat(given).extracting(Port::address).doesNotHaveDuplicates();
            assertThat(given).extracting(Port::mac).doesNotHaveDuplicates();
            assertThat(given).extracting(Port::tap).doesNotHaveDuplicates();
            assertThat(ports.ports()).containsExactlyInAnyOrderElementsOf(given);
            // Without gaps: 40 addresses from .2 on.
            assertThat(ports.ports().get(39).address()).hasToString("10.77.0.41");
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void theDatabaseItselfRefusesDuplicates() {
        Port port = allocate("owner");

        assertThatThrownBy(() -> database.execute(handle -> handle.execute(
                        "INSERT INTO port (id, owner, mac, address, hostname, tap) VALUES (?, ?, ?, ?, ?, ?)",
                        "id",
                        "other",
                        "52:54:00:ff:ff:ff",
                        port.address().toString(),
                        "guest",
                        "tap")))
                .isInstanceOf(UnableToExecuteStatementException.class)
                .hasMessageContaining("port.address");
    }

    private Port allocate(String owner) {
        return allocate(owner, Optional.empty(), Optional.empty());
    }

    private Port allocate(String owner, Optional<MacAddress> mac, Optional<Ipv4> address) {
        return database.transaction(handle -> ports.allocate(handle, owner, "guest", mac, address));
    }
}
