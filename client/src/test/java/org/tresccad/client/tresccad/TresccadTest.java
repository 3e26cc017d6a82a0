package org.tresccad.client.tresccad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingCloud.Answer;

class TresccadTest {
    private TestingCloud there;
    private Cloud cloud;

    @BeforeEach
    void start() throws IOException {
        there = new TestingCloud();
        cloud = there.connect();
    }

    @AfterEach
    void stop() {
        cloud.close();
        there.close();
    }

    /** A handover's answer, as another package would declare it. */
    record Claim(@JsonProperty("claimed_by") Optional<String> claimedBy) {}

    @Test
    void readsHostAndDestinations() {
        there.compute.destinations.add(
                Map.of("name", "edge", "kind", "tresccad", "reachable", false, "allowed", true, "reason", "silent"));
        assertThat(cloud.tresccad().host().version()).contains("1.0");
        assertThat(cloud.tresccad().destinations())
                .containsExactly(new Destination("edge", Optional.of("tresccad"), false, true, Optional.of("silent")));
    }

    @Test
    void aPlainOpenStackIsNoTresccad() {
        assertThat(cloud.tresccad().present()).isTrue();
        there.script("GET /tresccad/v1/host", Answer.fault(404, "itemNotFound", "no"));
        assertThat(cloud.tresccad().present()).isFalse();
        // What Nova answers to a path of no version of its own.
        there.script("GET /tresccad/v1/host", Answer.json(300, Map.of("choices", List.of())));
        assertThat(cloud.tresccad().present()).isFalse();
    }

    @Test
    void readsAMoveWithNumbersThatMayBeMissing() {
        there.compute.moveSteps.add(Map.of(
                "id", "m1", "state", "FROZEN", "bytes_done", 5, "bytes_total", 10, "server_id", "s", "epoch", 3));
        Move move = cloud.tresccad().move("m1");
        assertThat(move.ended()).isFalse();
        assertThat(move.bytesDone()).contains(5L);
        assertThat(move.epoch()).contains(3L);
        assertThat(move.expectedBytes()).hasValue(10);
        assertThat(move.interruptionSeconds()).isEmpty();
        cloud.tresccad().cancelMove("m1");
        assertThat(there.asked("DELETE", "/tresccad/v1/moves/m1")).hasSize(1);
    }

    @Test
    void anyRouteBelowTresccadCanBeAskedWithTypesOfTheCallersOwn() {
        Claim claim = cloud.tresccad().put("handovers/lin-1/4?wait=1", Map.of("claimed_by", "there"), Claim.class);
        assertThat(claim.claimedBy()).contains("there");
        assertThat(there.asked("PUT", "/tresccad/v1/handovers").get(0))
                .extracting(TestingCloud.Asked::path, TestingCloud.Asked::body)
                .containsExactly("/tresccad/v1/handovers/lin-1/4?wait=1", "{\"claimed_by\":\"there\"}");
        assertThat(cloud.tresccad().get("handovers/lin-1/4", Claim.class)).isEqualTo(claim);
    }

    @Test
    void aPathCannotClimbOutOfTresccadsRoutes() {
        assertThatThrownBy(() -> cloud.tresccad().get("../../compute/v2.1/servers", Claim.class))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
