package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.NetworkSettings.Inbound;
import org.tresccad.network.TestingNetworkSettings;
import org.tresccad.network.linux.FirewallRules.Chain;
import org.tresccad.network.linux.FirewallRules.Table;

class FirewallTest {
    private static final Table NAT =
            FirewallRules.ipv4(TestingNetworkSettings.usual()).get(1);

    @Test
    void emptyTableGetsChainsJumpsAndRules() {
        assertThat(Firewall.replacing(NAT, List.of("*nat", ":PREROUTING ACCEPT [0:0]", "COMMIT")))
                .isEqualTo("""
                        *nat
                        :TRESCCAD-NAT-PRE - [0:0]
                        :TRESCCAD-NAT-POST - [0:0]
                        -I PREROUTING 1 -j TRESCCAD-NAT-PRE
                        -A TRESCCAD-NAT-PRE -i trbr0 -s 10.77.0.0/24 -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.77.0.1:8775
                        -I POSTROUTING 1 -j TRESCCAD-NAT-POST
                        -A TRESCCAD-NAT-POST -s 10.77.0.0/24 ! -d 10.77.0.0/24 ! -o trbr0 -j MASQUERADE
                        COMMIT
                        """);
    }

    @Test
    void jumpThatIsAloneAndFirstStays() {
        String text = Firewall.replacing(
                NAT,
                List.of(
                        "-A PREROUTING -j TRESCCAD-NAT-PRE",
                        "-A PREROUTING -j DOCKER",
                        "-A POSTROUTING -j TRESCCAD-NAT-POST"));

        assertThat(text).doesNotContain("-I ").doesNotContain("-D ");
    }

    @Test
    void jumpThatIsNotFirstOrThereTwiceIsMoved() {
        String text = Firewall.replacing(
                NAT,
                List.of(
                        "-A PREROUTING -j DOCKER",
                        "-A PREROUTING -j TRESCCAD-NAT-PRE",
                        "-A POSTROUTING -j TRESCCAD-NAT-POST",
                        "-A POSTROUTING -j TRESCCAD-NAT-POST"));

        assertThat(text.lines())
                .containsSubsequence("-D PREROUTING -j TRESCCAD-NAT-PRE", "-I PREROUTING 1 -j TRESCCAD-NAT-PRE")
                .containsSubsequence(
                        "-D POSTROUTING -j TRESCCAD-NAT-POST",
                        "-D POSTROUTING -j TRESCCAD-NAT-POST",
                        "-I POSTROUTING 1 -j TRESCCAD-NAT-POST");
    }

    @Test
    void removalTakesOnlyWhatIsThere() {
        assertThat(Firewall.removing(NAT, List.of("*nat", "-A PREROUTING -j DOCKER", "COMMIT")))
                .isEmpty();
        assertThat(Firewall.removing(
                        NAT,
                        List.of("*nat", ":TRESCCAD-NAT-PRE - [0:0]", "-A PREROUTING -j TRESCCAD-NAT-PRE", "COMMIT")))
                .isEqualTo("""
                        *nat
                        -D PREROUTING -j TRESCCAD-NAT-PRE
                        -F TRESCCAD-NAT-PRE
                        -X TRESCCAD-NAT-PRE
                        COMMIT
                        """);
    }

    @Test
    void whatIsNotAllowedOnTheBridgeIsRefusedAtTheEnd() {
        List<String> input = rules(TestingNetworkSettings.usual(), FirewallRules.INPUT);

        assertThat(input.get(0)).isEqualTo("! -i trbr0 -j RETURN");
        assertThat(input.get(input.size() - 1)).startsWith("-j REJECT");
        assertThat(input.stream().filter(rule -> rule.endsWith("-j ACCEPT"))).hasSize(5);
        assertThat(input)
                .anyMatch(rule -> rule.contains("--dport 8775") && rule.contains("--ctorigdst 169.254.169.254"));
    }

    @Test
    void blockedInboundLeavesOnlyAnswers() {
        assertThat(rules(settings(true, Inbound.BLOCKED, ""), FirewallRules.FORWARD))
                .filteredOn(rule -> rule.startsWith("-o trbr0"))
                .containsExactly(
                        "-o trbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                        "-o trbr0 -j REJECT --reject-with icmp-admin-prohibited");
        assertThat(rules(settings(true, Inbound.ALLOWED, ""), FirewallRules.FORWARD))
                .contains("-o trbr0 -d 10.77.0.0/24 -j ACCEPT");
    }

    @Test
    void withAnUplinkGuestsLeaveAndAreReachedThroughItOnly() {
        NetworkSettings settings = settings(true, Inbound.ALLOWED, "eth9");

        assertThat(rules(settings, FirewallRules.FORWARD))
                .containsSubsequence(
                        "-i trbr0 -o eth9 -j ACCEPT", "-i trbr0 -j REJECT --reject-with icmp-net-prohibited")
                .contains("-i eth9 -o trbr0 -d 10.77.0.0/24 -j ACCEPT")
                .doesNotContain("-i trbr0 -j ACCEPT");
        assertThat(rules(settings, FirewallRules.NAT_POST))
                .containsExactly("-s 10.77.0.0/24 ! -d 10.77.0.0/24 -o eth9 -j MASQUERADE");
    }

    @Test
    void withoutNatNothingIsTranslatedOnTheWayOut() {
        assertThat(rules(settings(false, Inbound.ALLOWED, ""), FirewallRules.NAT_POST))
                .isEmpty();
    }

    @Test
    void chainNamesFitIptables() {
        NetworkSettings settings = TestingNetworkSettings.usual();

        assertThat(List.of(FirewallRules.ipv4(settings), FirewallRules.ipv6(settings)))
                .flatMap(tables -> tables)
                .flatMap(Table::chains)
                .extracting(Chain::name)
                .allMatch(name -> name.length() <= 28);
    }

    private static NetworkSettings settings(boolean nat, Inbound inbound, String uplink) {
        return TestingNetworkSettings.with(
                TestingNetworkSettings.addressing("10.77.0.0/24", "10.77.0.1"),
                TestingNetworkSettings.routing(nat, inbound, uplink));
    }

    private static List<String> rules(NetworkSettings settings, String chain) {
        return FirewallRules.ipv4(settings).stream()
                .flatMap(table -> table.chains().stream())
                .filter(each -> each.name().equals(chain))
                .findFirst()
                .orElseThrow()
                .rules();
    }
}
