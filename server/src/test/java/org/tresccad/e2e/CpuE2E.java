package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Guests whose CPU is the largest that all destinations have. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CpuE2E {
    @RegisterExtension
    private static final World WORLD = World.of("hostA", "hostB");

    private static final Host A = WORLD.host("hostA");
    private static final Host B = WORLD.host("hostB");

    @BeforeAll
    static void configure() {
        A.configure(yaml -> yaml.replace("hypervisor:\n", "hypervisor:\n  cpu: destinations-baseline\n"));
        A.daemon("restart");
    }

    @Test
    @Order(1)
    void aGuestHasTheCpuThatAllDestinationsHaveAndMovesAmongThem() {
        JsonNode cpu = B.api().get("/tresccad/v1/host").at("/hypervisor/cpu");
        assertThat(cpu.path("model").asText()).isNotEmpty();
        Guest guest = WORLD.spawn(A, "large");

        assertThat(domain()).contains(">" + cpu.path("model").asText() + "</model>");
        for (JsonNode feature : cpu.path("required")) {
            assertThat(domain()).contains("<feature policy='require' name='" + feature.asText() + "'/>");
        }
        assertThat(WORLD.tresccac("--cloud", "hostA", "check", guest.name(), "--to", "hostB")
                        .succeeded()
                        .out())
                .isNotEmpty();
        guest.move(B);
        guest.move(A);
        guest.awaitTicks(2);
        guest.countedEverything();
        guest.neverTwo();
        A.api().ask("DELETE", "/compute/v2.1/servers/" + guest.id()).body(204);
        await("it to go").until(() -> A.domains().isEmpty());
    }

    @Test
    @Order(2)
    void aGuestHasThePortableCpuWhileADestinationDoesNotSay() {
        B.daemon("stop");

        WORLD.spawn(A, "portable").awaitTicks(1);

        assertThat(domain()).contains(">qemu64</model>");
    }

    private static String domain() {
        return A.exec(
                        "virsh",
                        "-q",
                        "-c",
                        "qemu:///system",
                        "dumpxml",
                        A.domains().get(0))
                .succeeded()
                .out();
    }
}
