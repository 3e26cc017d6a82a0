package org.tresccad.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 255.255.255.0, 192.0.2.255, 254",
        "10.0.0.0/8, 255.0.0.0, 10.255.255.255, 16777214",
        "192.0.2.4/30, 255.255.255.252, 192.0.2.7, 2",
        "172.16.128.0/17, 255.255.128.0, 172.16.255.255, 32766",
    })
    void maskBroadcastAndSizeFollowFromThePrefix(String text, String mask, String broadcast, int hosts) {
        Subnet subnet = Subnet.parse(text);

        assertThat(subnet.netmask()).hasToString(mask);
        assertThat(subnet.broadcast()).hasToString(broadcast);
        assertThat(subnet.hosts()).isEqualTo(hosts);
        assertThat(subnet).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "192.0.2.0",
                "192.0.2.0/",
                "192.0.2.0/7",
                "192.0.2.0/31",
                "192.0.2.0/33",
                "192.0.2.0/0",
                "192.0.2.0/024",
                "192.0.2.1/24",
                "192.0.2.0/24 ",
                "192.0.2/24",
                "host/24",
                "::/64"
            })
    void anythingElseIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Subnet.parse(text));
    }

    @Test
    void firstAndLastAddressAreNoHosts() {
        Subnet subnet = Subnet.parse("192.0.2.0/29");

        assertThat(subnet.isHost(Ipv4.parse("192.0.2.0"))).isFalse();
        assertThat(subnet.isHost(Ipv4.parse("192.0.2.1"))).isTrue();
        assertThat(subnet.isHost(Ipv4.parse("192.0.2.6"))).isTrue();
        assertThat(subnet.isHost(Ipv4.parse("192.0.2.7"))).isFalse();
        assertThat(subnet.isHost(Ipv4.parse("192.0.2.8"))).isFalse();
        assertThat(subnet.contains(Ipv4.parse("192.0.2.7"))).isTrue();
    }

    @Test
    void addressesPastTheMiddleOfTheRangeAreUnsigned() {
        Subnet subnet = Subnet.parse("203.0.113.0/24");

        assertThat(subnet.contains(Ipv4.parse("203.0.113.200"))).isTrue();
        assertThat(subnet.contains(Ipv4.parse("75.0.113.200"))).isFalse();
    }
}
