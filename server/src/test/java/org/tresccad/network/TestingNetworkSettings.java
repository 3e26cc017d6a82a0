package org.tresccad.network;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tresccad.network.NetworkSettings.Addressing;
import org.tresccad.network.NetworkSettings.Dns;
import org.tresccad.network.NetworkSettings.Inbound;
import org.tresccad.network.NetworkSettings.Routing;

/** Settings for tests: 10.77.0.0/24 on trbr0, NAT, no upstream DNS. */
public final class TestingNetworkSettings {
    private TestingNetworkSettings() {}

    /** Everything at its usual value. */
    public static NetworkSettings usual() {
        return with(addressing("10.77.0.0/24", "10.77.0.1"), routing(true, Inbound.ALLOWED, ""));
    }

    /** Other addresses or routing. */
    public static NetworkSettings with(Addressing addressing, Routing routing) {
        return new NetworkSettings(
                "trbr0",
                addressing,
                8775,
                new Dns(List.of(addressing.gateway()), "guests.example"),
                routing,
                OptionalInt.empty());
    }

    /** Addresses with QEMU's MAC prefix. */
    public static Addressing addressing(String cidr, String gateway, String... reserved) {
        return new Addressing(
                Subnet.parse(cidr),
                Ipv4.parse(gateway),
                Stream.of(reserved).map(Ipv4::parse).collect(Collectors.toUnmodifiableSet()),
                Addressing.QEMU_MAC_PREFIX);
    }

    /** Routing; an empty uplink means any. */
    public static Routing routing(boolean nat, Inbound inbound, String uplink) {
        return new Routing(nat, inbound, uplink.isEmpty() ? Optional.empty() : Optional.of(uplink));
    }
}
