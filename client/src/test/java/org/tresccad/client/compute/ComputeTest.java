package org.tresccad.client.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.http.Json;
import org.tresccad.client.transfer.Cancellation;

class ComputeTest {
    private TestingCloud there;
    private Cloud cloud;
    private Compute compute;

    @BeforeEach
    void start() throws IOException {
        there = new TestingCloud();
        cloud = there.connect();
        compute = cloud.compute();
    }

    @AfterEach
    void stop() {
        cloud.close();
        there.close();
    }

    @Test
    void readsAServerAndIgnoresWhatItDoesNotKnow() {
        String id = there.compute.addServer("tick", "ACTIVE");
        there.compute.set(id, "some:future", Map.of("x", 1));

        Server server = compute.server(id);

        assertThat(server.name()).isEqualTo("tick");
        assertThat(server.taskState()).isEmpty();
        assertThat(server.addressTexts()).containsExactly("10.0.0.5");
        assertThat(server.imageId()).contains("image-0");
        assertThat(server.flavorId()).contains("1");
    }

    @Test
    void aServerWithoutAnIdIsAProtocolError() {
        there.script("GET /compute/v2.1/servers/x", Answer.json(200, Map.of("server", Map.of("name", "x"))));
        assertThatThrownBy(() -> compute.server("x")).isInstanceOf(CloudProtocolError.class);
    }

    @Test
    void findsByIdThenByExactName() {
        String id = there.compute.addServer("tick", "ACTIVE");
        there.compute.addServer("ticker", "ACTIVE");
        assertThat(compute.find("tick").id()).isEqualTo(id);
        assertThat(compute.find(id).id()).isEqualTo(id);
        assertThatThrownBy(() -> compute.find("tock")).isInstanceOf(CloudNotFound.class);
        there.compute.addServer("tick", "ACTIVE");
        assertThatThrownBy(() -> compute.find("tick")).isInstanceOf(CloudConflict.class);
    }

    @Test
    void createsInNovasShape() {
        String id = compute.create(new NewServer(
                "web",
                "img",
                "f1",
                2,
                List.of(),
                Map.of("role", "web"),
                Optional.of("mine"),
                Optional.of("#!/bin/sh")));

        assertThat(there.compute.servers).containsKey(id);
        JsonNode sent =
                there.asked("POST", "/compute/v2.1/servers").get(0).json().path("server");
        assertThat(sent.path("networks").asText()).isEqualTo("auto");
        assertThat(sent.path("min_count").asInt()).isEqualTo(2);
        assertThat(sent.path("imageRef").asText()).isEqualTo("img");
        assertThat(sent.path("user_data").asText()).isEqualTo("IyEvYmluL3No");
        assertThat(sent.path("metadata").path("role").asText()).isEqualTo("web");
    }

    @Test
    void waitsForAStateAndTellsNovasFault() {
        String id = there.compute.addServer("tick", "BUILD");
        assertThatThrownBy(() -> compute.await(id, "ACTIVE", Duration.ofMillis(50), new Cancellation()))
                .isInstanceOf(CloudTimeout.class)
                .hasMessageContaining("BUILD");
        there.compute.set(id, "status", "ERROR");
        there.compute.set(id, "fault", Map.of("code", 500, "message", "No valid host was found."));
        assertThatThrownBy(() -> compute.await(id, "ACTIVE", Duration.ofMinutes(1), new Cancellation()))
                .isInstanceOf(ResourceFailed.class)
                .hasMessageContaining("No valid host was found.");
        there.compute.set(id, "status", "ACTIVE");
        assertThat(compute.await(id, "ACTIVE", Duration.ofMinutes(1), new Cancellation())
                        .name())
                .isEqualTo("tick");
    }

    @Test
    void aDeletedServerIsGone() {
        String id = there.compute.addServer("tick", "ACTIVE");
        compute.delete(id);
        compute.awaitGone(id, Duration.ofMinutes(1), new Cancellation());
        assertThatThrownBy(() -> compute.delete(id))
                .isInstanceOf(CloudNotFound.class)
                .hasMessageContaining("Instance " + id + " could not be found.");
    }

    @Test
    void readsTheConsole() {
        String id = there.compute.addServer("tick", "ACTIVE");
        there.compute.console = "tick 1\n";
        assertThat(compute.console(id, OptionalInt.of(3))).isEqualTo("tick 1\n");
        assertThat(there.asked("POST", "/compute/v2.1/servers/" + id + "/action")
                        .get(0)
                        .body())
                .isEqualTo("{\"os-getConsoleOutput\":{\"length\":3}}");
    }

    @Test
    void savesRestoresAndMigratesThroughTresccadsRoutes() {
        String id = there.compute.addServer("tick", "ACTIVE");
        assertThat(compute.save(id)).isEqualTo("package-of-" + id);
        String restored = compute.restore("img", Map.of("name", "tock"));
        assertThat(there.compute.servers.get(restored)).containsEntry("name", "tock");
        assertThat(there.asked("POST", "/compute/v2.1/servers/restore").get(0).json())
                .hasToString("{\"name\":\"tock\",\"image_id\":\"img\"}");

        assertThat(compute.migrate(id, "edge", "auto", OptionalInt.of(65_536), Optional.of(Duration.ofMillis(1500))))
                .isEmpty();
        assertThat(there.asked("POST", "/compute/v2.1/servers/" + id + "/action")
                        .get(0)
                        .json()
                        .at("/tresccad:migrate"))
                .isEqualTo(Json.MAPPER.valueToTree(Map.of(
                        "destination", "edge", "mode", "auto", "bandwidth", 65_536, "interruption_seconds", 1.5)));
        assertThat(compute.migrations(id)).extracting(Migration::status).containsExactly("running");
        assertThat(compute.allMigrations(Optional.of(id)))
                .extracting(Migration::id)
                .containsExactly("7");
        assertThat(there.asked("GET", "/compute/v2.1/os-migrations").get(0).path())
                .endsWith("?instance_uuid=" + id);
    }

    @Test
    void aConflictKeepsNovasWords() {
        String id = there.compute.addServer("tick", "ACTIVE");
        there.script(
                "POST /compute/v2.1/servers/" + id + "/save",
                Answer.fault(409, "conflictingRequest", "Instance is being moved."));
        assertThatThrownBy(() -> compute.save(id))
                .isInstanceOf(CloudConflict.class)
                .hasMessage("Cloud here would not save instance " + id + " (409): Instance is being moved.");
    }

    @Test
    void makesFlavorsAndKeypairs() {
        Flavor made = compute.createFlavor("small", 1, 256, 1);
        assertThat(compute.flavors()).containsExactly(made);
        compute.createKeypair("mine", "ssh-ed25519 AAAA me");
        assertThat(compute.keypairs()).extracting(Keypair::name).containsExactly("mine");
    }
}
