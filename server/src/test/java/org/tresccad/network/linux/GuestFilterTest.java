package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.network.Port;
import org.tresccad.network.PortId;

class GuestFilterTest {
    @Test
    void eachPortHasItsCardAndItsAddress() {
        String rules = GuestFilter.ruleset(List.of(port("trc0123456789ab", 1), port("trcba9876543210", 2)));

        assertThat(rules)
                .startsWith("table bridge tresccad\ndelete table bridge tresccad\n")
                .contains(
                        "elements = { \"trc0123456789ab\" . 52:54:00:00:00:01, \"trcba9876543210\" . 52:54:00:00:00:02 }")
                .contains("elements = { \"trc0123456789ab\" . 10.77.0.1, \"trcba9876543210\" . 10.77.0.2 }");
    }

    @Test
    void withoutPortsTheSetsAreEmptyAndTheChainsAreThere() {
        assertThat(GuestFilter.ruleset(List.of()))
                .doesNotContain("elements")
                .contains("iifname != \"trc*\" accept")
                .contains("oifname != \"trc*\" accept");
    }

    private static Port port(String tap, int number) {
        return new Port(
                PortId.random(),
                "owner",
                new MacAddress("52:54:00:00:00:0" + number),
                Ipv4.parse("10.77.0." + number),
                "guest",
                tap);
    }
}
