package org.tresccad.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.network.NetworkSettings.Addressing;
import org.tresccad.network.NetworkSettings.Dns;
import org.tresccad.network.NetworkSettings.Inbound;

class NetworkSettingsTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 192.0.2.0",
        "192.0.2.0/24, 192.0.2.255",
        "192.0.2.0/24, 192.0.3.1",
        "169.254.0.0/16, 169.254.0.1",
        "169.254.169.0/24, 169.254.169.1",
    })
    void gatewayMustBeAHostOfANetworkThatIsNotLinkLocal(String cidr, String gateway) {
        assertThatIllegalArgumentException().isThrownBy(() -> TestingNetworkSettings.addressing(cidr, gateway));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00:16:3e", "01:00:5e", "52:54", "52:54:00:00", "52-54-00"})
    void macPrefixMustBeLocalAndUnicast(String prefix) {
        Subnet subnet = Subnet.parse("192.0.2.0/24");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Addressing(subnet, Ipv4.parse("192.0.2.1"), Set.of(), prefix));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Guests", "a..b", "-a", "a_b", "a\nserver=192.0.2.1"})
    void domainMustBeADomain(String domain) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Dns(List.of(), domain));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a name", "sixteen-letters-", "-i", "eth0;", "../x"})
    void uplinkMustBeADeviceName(String uplink) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestingNetworkSettings.routing(true, Inbound.ALLOWED, uplink));
    }

    @Test
    void gatewayAndReservedAddressesAreNotForGuests() {
        Addressing addressing =
                TestingNetworkSettings.addressing("192.0.2.0/24", "192.0.2.1", "192.0.2.10", "192.0.2.20");

        assertThat(addressing.isForGuests(Ipv4.parse("192.0.2.1"))).isFalse();
        assertThat(addressing.isForGuests(Ipv4.parse("192.0.2.9"))).isTrue();
        assertThat(addressing.isForGuests(Ipv4.parse("192.0.2.10"))).isFalse();
        assertThat(addressing.isForGuests(Ipv4.parse("192.0.2.11"))).isTrue();
        assertThat(addressing.isForGuests(Ipv4.parse("192.0.2.19"))).isTrue();
        assertThat(addressing.isForGuests(Ipv4.parse("192.0.2.20"))).isFalse();
        assertThat(addressing.isForGuests(Ipv4.parse("192.0.2.21"))).isTrue();
        assertThat(addressing.isForGuests(Ipv4.parse("192.0.2.255"))).isFalse();
        assertThat(addressing.isForGuests(Ipv4.parse("192.0.3.2"))).isFalse();
    }
}
