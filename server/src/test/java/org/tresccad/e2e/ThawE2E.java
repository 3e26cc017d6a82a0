package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a guest is told before the freeze, and finds after the thaw: the time, the network, the generation of its memory.
 * Two guests go the same ways, one with QEMU's guest agent and one without; hostB's bridge has another name.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ThawE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA", "hostB");

    private static final Host A = WORLD.host("hostA");
    private static final Host B = WORLD.host("hostB");
    private static final String CONFIG = "/etc/tresccad/tresccad.yaml";
    private static final Pattern THAWED = Pattern.compile("event thawed ([0-9.]+)");

    private static final String READY = "event ready answered: 204";

    private static final int SLACK = 2;

    /** Less would not show which guest was given the time. */
    private static final double LONG_ENOUGH = 7;

    /** Prints ARP and RARP: type, operation, sender's MAC and address, target's address. */
    private static final String EARS = """
            import socket
            ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
            ear.bind(("guests0", 0))
            print("listening", flush=True)
            while True:
                frame = ear.recv(2048)
                if frame[12:14] in (b"\\x08\\x06", b"\\x80\\x35"):
                    sender, target = socket.inet_ntoa(frame[28:32]), socket.inet_ntoa(frame[38:42])
                    print(frame[12:14].hex(), frame[20:22].hex(), frame[22:28].hex(":"), sender, target, flush=True)
            """;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest agent;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Guest plain;

    @BeforeAll
    static void spawn() {
        B.daemon("stop");
        B.exec("ip", "link", "delete", "dev", "tresccad0").succeeded();
        B.exec("sed", "-i", "s/bridge: tresccad0/bridge: guests0/", CONFIG).succeeded();
        B.daemon("start");
        agent = Guest.spawn(WORLD, A, "agent", "agent listen=ready", "initrd-qga");
        plain = Guest.spawn(WORLD, A, "plain", "agent listen=delay", "initrd");
    }

    @AfterAll
    static void everyNumberWasCountedOnce() {
        for (Guest guest : List.of(agent, plain)) {
            guest.countedEverything();
            guest.neverTwo();
        }
    }

    @Test
    @Order(1)
    void theGuestIsToldBeforeAMoveAndItsAnswerIsWaitedFor() throws IOException {
        assertThat(wall(agent)).matches(clock -> clock.isBehindBy(0));
        assertThat(wall(plain)).matches(clock -> clock.isBehindBy(0));
        String generation = generation(agent);
        Path heard = B.logs().resolve("arp");
        Process ears = WORLD.start("hostB", "sh", "-c", "exec python3 -c '" + EARS + "' >" + heard);
        try {
            await("the ears")
                    .until(() -> Files.exists(heard) && Files.readString(heard).contains("listening"));
            // What is to be sent does not get through within the gap that is looked for below.
            A.link("rate", "60mbit");
            World.atOnce(Stream.of(agent, plain).map(guest -> () -> guest.move(B)));
            String guest = B.api().address(agent.id());
            await("the guest to announce itself")
                    .until(() -> Files.readString(heard).lines().anyMatch(line -> line.endsWith(guest + " " + guest)));
        } finally {
            A.link("rate", "none");
            ears.descendants().forEach(ProcessHandle::destroyForcibly);
            ears.destroyForcibly();
        }

        for (Guest guest : List.of(agent, plain)) {
            guest.awaitConsole("event thawed");
            assertThat(guest.consoleBefore()).contains("event prepare");
            assertThat(said(guest)).containsSubsequence("event prepare", READY);
        }
        assertThat(plain.consoleBefore()).containsSubsequence("event prepare", "event delay answered: 200");
        assertThat(said(plain)).containsSubsequence("event delay answered: 200", READY);
        assertThat(generation(agent)).as("the id of its memory's generation").isNotEqualTo(generation);
    }

    @Test
    @Order(2)
    void theGuestWithAnAgentHasTheTimeAndTheOtherIsBehindByTheGapItIsToldOf() {
        await("the agent's guest to have the time").until(() -> wall(agent).isBehindBy(0));
        double gap = gap(plain);
        assertThat(gap).isGreaterThan(LONG_ENOUGH);
        assertThat(wall(plain)).matches(clock -> clock.isBehindBy(gap), "behind by " + gap);
        assertThat(read(plain, "rtc")).as("its RTC").matches(clock -> clock.isBehindBy(0));
    }

    @Test
    @Order(3)
    void theGatewayIsTheSameWhateverTheBridgeIsCalled() {
        assertThat(mac(B, "guests0")).isEqualTo(mac(A, "tresccad0"));
        for (Guest guest : List.of(agent, plain)) {
            guest.neverTwo();
        }
    }

    @Test
    @Order(4)
    void theGuestIsToldBeforeASaveAndTheRestoredOneHasTheTime() {
        int told = count(agent, "event prepare");
        int answered = count(agent, READY);
        String image = WORLD.tresccac("--cloud", "hostB", "save", "agent", "--json")
                .succeeded()
                .json()
                .path("id")
                .asText();
        assertThat(count(agent, "event prepare")).isEqualTo(told + 1);
        passTime();
        agent.isAt(
                B,
                WORLD.tresccac("--cloud", "hostB", "restore", image, "--json")
                        .succeeded()
                        .json()
                        .path("id")
                        .asText());
        agent.awaitConsole("event thawed");
        assertThat(count(said(agent), READY)).isEqualTo(answered + 1);
        assertThat(gap(agent)).isGreaterThan(LONG_ENOUGH);
        await("the guest to have the time").until(() -> wall(agent).isBehindBy(0));
    }

    @Test
    @Order(5)
    void aSuspendedGuestHasTheTimeWhenItIsResumed() {
        int thaws = count(agent, "event thawed");
        act("{\"suspend\":null}", "SUSPENDED");
        passTime();
        act("{\"resume\":null}", "ACTIVE");
        await("the guest to be told").until(() -> count(agent, "event thawed") == thaws + 1);
        assertThat(gap(agent)).isGreaterThan(LONG_ENOUGH);
        await("the guest to have the time").until(() -> wall(agent).isBehindBy(0));
    }

    private static void act(String action, String status) {
        B.api().act(agent.id(), action).body(202);
        await(action + " to make it " + status)
                .until(() -> Map.entry(B.api().status(agent.id()), B.api().task(agent.id()))
                        .equals(Map.entry(status, "")));
    }

    /** The guest's wall clock. */
    private static Reading wall(Guest guest) {
        return read(guest, "wall");
    }

    /** A clock of the guest's, read so that it is known when; a busy machine needs more than one try. */
    private static Reading read(Guest guest, String clock) {
        String ask = "a=$(date +%s); exec 3<>/dev/tcp/" + guest.api().address(guest.id())
                + "/13; read -r -t 10 wall rtc <&3; echo \"$a $" + clock + " $(date +%s)\"";
        return await("a quick reading")
                .until(
                        () -> {
                            String[] said = guest.host()
                                    .exec("bash", "-c", ask)
                                    .succeeded()
                                    .out()
                                    .strip()
                                    .split(" ", -1);
                            return new Reading(
                                    Long.parseLong(said[0]), Long.parseLong(said[1]), Long.parseLong(said[2]));
                        },
                        Reading::isQuick);
    }

    /** What a guest's clock said, in seconds, between two looks at its host's. */
    private record Reading(long before, long said, long after) {
        boolean isQuick() {
            return after - before <= SLACK;
        }

        /** All three are cut to whole seconds. */
        boolean isBehindBy(double seconds) {
            return seconds >= before - said - SLACK && seconds <= after - said + SLACK;
        }
    }

    /** The last gap it was told of, where it is. */
    private static double gap(Guest guest) {
        return THAWED.matcher(guest.console())
                .results()
                .map(match -> Double.parseDouble(match.group(1)))
                .reduce((earlier, later) -> later)
                .orElseThrow();
    }

    /** What it wrote where it was before, and where it is: it is answered before a freeze, and may say so after it. */
    private static String said(Guest guest) {
        return guest.consoleBefore() + guest.console();
    }

    private static int count(Guest guest, String line) {
        return count(guest.console(), line);
    }

    private static int count(String text, String line) {
        return text.split(Pattern.quote(line), -1).length - 1;
    }

    /** Time in which nothing happens is what this is about. */
    private static void passTime() {
        long begun = System.nanoTime();
        await("a gap").until(() -> System.nanoTime() - begun > (LONG_ENOUGH + 1) * 1e9);
    }

    private static String generation(Guest guest) {
        String domain = guest.host()
                .query("SELECT domain FROM instance WHERE id = '" + guest.id() + "'")
                .get(0);
        return guest.host()
                .exec(
                        "virsh",
                        "-q",
                        "-c",
                        "qemu:///system",
                        "qemu-monitor-command",
                        "tresccad-" + domain,
                        "{\"execute\":\"query-vm-generation-id\"}")
                .succeeded()
                .json()
                .path("return")
                .path("guid")
                .asText();
    }

    private static String mac(Host host, String bridge) {
        String link = host.exec("ip", "-o", "link", "show", bridge).succeeded().out();
        return link.replaceAll("(?s).*link/ether ([0-9a-f:]+).*", "$1");
    }
}
