package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The daemon as whoever runs a host meets it: start, end, configuration, and what is left of it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class HostsE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA");

    private static final Host A = WORLD.host("hostA");
    private static final String CONFIG = "/etc/tresccad/tresccad.yaml";

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set in the first test
    private static Guest guest;

    @Test
    @Order(1)
    void guestsRunOnWhenTheDaemonIsToldToEndAndAreFoundWhenItIsBack() {
        guest = WORLD.spawn(A, "lasting");
        List<String> domains = A.domains();

        A.daemon("stop");

        guest.awaitTicks(2);
        assertThat(A.domains()).isEqualTo(domains);
        A.daemon("start");
        await("active").until(() -> A.api().status(guest.id()).equals("ACTIVE"));
        guest.awaitTicks(1);
        A.api().act(guest.id(), "{\"pause\":null}").body(202);
        assertThat(A.api().status(guest.id())).isEqualTo("PAUSED");
        A.api().act(guest.id(), "{\"unpause\":null}").body(202);
        guest.awaitTicks(1);
        guest.countedEverything();
        guest.neverTwo();
    }

    @Test
    @Order(2)
    void asFewRulesAsBeforeAfterARestart() {
        Inventory before = A.restingInventory();

        A.daemon("restart");

        await("everything to be as before")
                .untilAsserted(() -> assertThat(A.inventory()).isEqualTo(before));
    }

    @Test
    @Order(3)
    void cleanUpIsRefusedWhileGuestsRun() {
        A.daemon("stop");
        Inventory before = A.inventory();

        Outcome refused = tresccad("--cleanup");

        assertThat(refused.endedWith(1).err()).contains("guest");
        assertThat(A.inventory()).isEqualTo(before);
        guest.awaitTicks(1);
        A.daemon("start");
    }

    @Test
    @Order(5)
    void cleanUpLeavesNothingOfTheNetwork() {
        A.api().ask("DELETE", "/compute/v2.1/servers/" + guest.id()).body(204);
        await("the guest to go").until(() -> A.domains().isEmpty());
        A.daemon("stop");

        tresccad("--cleanup").succeeded();

        assertThat(A.exec("ls", "/sys/class/net").succeeded().out().split("\\s+", -1))
                .contains("lo", "eth0")
                .doesNotContain("tresccad0");
        assertThat(A.exec("iptables-save").out()).doesNotContainIgnoringCase("tresccad");
        assertThat(A.exec("nft", "list", "tables").succeeded().out()).doesNotContain("tresccad");
        tresccad("--cleanup").succeeded();
        A.daemon("start");
        A.daemon("stop");
    }

    @Test
    @Order(6)
    void theConfigurationIsShownWithItsOrigins() {
        Outcome shown = A.exec(
                "env",
                "TRESCCAD_LOG_FORMAT=json",
                "bin/tresccad",
                "--config",
                CONFIG,
                "--log-level",
                "debug",
                "--show-config");

        String table = shown.succeeded().out();
        assertThat(line(table, "api.listen")).contains(A.address() + ":8774", CONFIG);
        assertThat(line(table, "api.threads")).contains("128", "default");
        assertThat(line(table, "log.format")).contains("json", "TRESCCAD_LOG_FORMAT");
        assertThat(line(table, "log.level")).contains("debug", "--log-level");
        assertThat(table).doesNotContain("demo-password");
    }

    @Test
    @Order(7)
    void anUnknownKeyStopsTheStartAndNamesTheNearest() throws IOException {
        Path config = directory.resolve("tresccad.yaml");
        Files.writeString(config, "api:\n  lisen: 127.0.0.1:8774\n");

        Outcome refused = A.exec("bin/tresccad", "--config", config.toString());

        assertThat(refused.endedWith(3).err()).contains("api.lisen", "api.listen");
    }

    @Test
    @Order(8)
    void anAddressThatOthersCanReachNeedsTls() {
        assertThat(tresccad("--set", "api.tls=off").endedWith(3).err()).containsIgnoringCase("tls");
        tresccad("--set", "api.tls=off", "--listen", "127.0.0.1:8774", "--check")
                .succeeded();
    }

    private static Outcome tresccad(String... arguments) {
        List<String> command = new ArrayList<>(List.of("bin/tresccad", "--config", CONFIG));
        command.addAll(Arrays.asList(arguments));
        return A.exec(command.toArray(String[]::new));
    }

    private static String line(String table, String key) {
        return table.lines()
                .filter(line -> line.startsWith(key + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + key + " in\n" + table));
    }
}
