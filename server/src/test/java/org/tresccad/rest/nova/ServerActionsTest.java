package org.tresccad.rest.nova;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.instance.InstanceId;
import org.tresccad.migration.MoveTerms;
import org.tresccad.rest.nova.TestingNova.Answer;

/** What Nova's clients and Tempest expect of {@code POST /servers/{id}/action} and of what stands beside it. */
class ServerActionsTest {
    @TempDir
    private static Path directory;

    private static TestingNova nova;

    @BeforeAll
    static void start() {
        nova = new TestingNova(directory);
    }

    @AfterAll
    static void stop() {
        nova.close();
    }

    @ParameterizedTest
    @CsvSource({
        "os-stop, SHUTOFF, os-start",
        "pause, PAUSED, unpause",
        "suspend, SUSPENDED, resume",
    })
    void anActionAndItsOppositeWorkOnceEach(String there, String status, String back) {
        String id = nova.activeServer(there);
        assertThat(act(id, "{'" + back + "': null}").status()).isEqualTo(409);
        assertThat(act(id, "{'" + there + "': null}").status()).isEqualTo(202);
        nova.awaitStatus(id, status);
        Answer again = act(id, "{'" + there + "': {}}");
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().at("/conflictingRequest/code").asInt()).isEqualTo(409);
        assertThat(act(id, "{'" + back + "': {}}").status()).isEqualTo(202);
        nova.awaitStatus(id, "ACTIVE");
        delete(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SOFT", "HARD", "soft"})
    void aServerRebootsAndIsActiveAgain(String type) {
        String id = nova.activeServer("reboot");
        assertThat(act(id, "{'reboot': {'type': '" + type + "'}}").status()).isEqualTo(202);
        nova.awaitStatus(id, "ACTIVE");
        delete(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{'reboot': {}}",
                "{'reboot': {'type': 'WARM'}}",
                "{'reboot': null}",
                "{'reboot': {'type': 'SOFT', 'when': 'now'}}",
                "{'fly': null}",
                "{'os-stop': null, 'os-start': null}",
                "{'os-stop': 7}",
                "{'os-getConsoleOutput': {'length': -2}}",
                "{'os-getConsoleOutput': {'length': 'ten'}}",
                "{'tresccad:migrate': {}}",
                "{'tresccad:migrate': {'destination': 'nowhere'}}",
            })
    void anActionThatIsNoneIsABadRequest(String body) {
        String id = nova.activeServer("confused");
        assertThat(act(id, body).status()).isEqualTo(400);
        delete(id);
    }

    @Test
    void whatThisHostCannotDoSaysSo() {
        String id = nova.activeServer("limited");
        Answer answer = act(id, "{'rebuild': {'imageRef': 'x'}}");
        assertThat(answer.status()).isEqualTo(501);
        assertThat(answer.json().at("/notImplemented/message").asText()).contains("rebuild");
        for (String other : List.of("evacuate", "addFixedIp", "removeFixedIp", "injectNetworkInfo")) {
            assertThat(act(id, "{'" + other + "': {}}").status()).as(other).isEqualTo(501);
        }
        assertThat(act(id, "{'restore': null}").status()).isEqualTo(409);
        delete(id);
    }

    @Test
    void anImageIsMadeOfAServerThatIsOffAndToldAsTheMicroversionHasIt() {
        String id = nova.activeServer("imaged");
        String image = "{'createImage': {'name': 'copy', 'metadata': {'of': 'imaged'}}}";
        assertThat(act(id, image).status()).isEqualTo(409);
        assertThat(act(id, "{'createImage': {'metadata': {}}}").status()).isEqualTo(400);
        act(id, "{'os-stop': null}");
        nova.awaitStatus(id, "SHUTOFF");
        Answer old = act(id, image);
        assertThat(old.status()).isEqualTo(202);
        assertThat(old.header("Location")).matches(".*/images/[0-9a-f-]{36}");
        nova.awaitIdle(id);
        Answer young = nova.ask("demo", "2.45", "POST", "/servers/" + id + "/action", image);
        assertThat(young.json().get("image_id").asText()).hasSize(36);
        nova.awaitIdle(id);
        delete(id);
    }

    @Test
    void aLockedServerRefusesItsOwnerAndObeysAnAdmin() {
        String id = nova.activeServer("locked");
        assertThat(nova.ask(
                                "demo",
                                "2.73",
                                "POST",
                                "/servers/" + id + "/action",
                                "{'lock': {'locked_reason': 'careful'}}")
                        .status())
                .isEqualTo(202);
        JsonNode server =
                nova.ask("demo", "2.73", "GET", "/servers/" + id, "").json().get("server");
        assertThat(server.get("locked").asBoolean()).isTrue();
        assertThat(server.get("locked_reason").asText()).isEqualTo("careful");
        assertThat(act(id, "{'os-stop': null}").status()).isEqualTo(409);
        assertThat(nova.ask("DELETE", "/servers/" + id).status()).isEqualTo(409);
        assertThat(nova.ask("admin", "2.1", "POST", "/servers/" + id + "/action", "{'pause': null}")
                        .status())
                .isEqualTo(202);
        assertThat(act(id, "{'unlock': null}").status()).isEqualTo(202);
        assertThat(act(id, "{'unpause': null}").status()).isEqualTo(202);
        delete(id);
    }

    @Test
    void theConsoleShowsItsLastLines() throws IOException {
        String id = nova.activeServer("console");
        assertThat(output(id, "{}")).isEmpty();
        Path console = nova.host.files.console(InstanceId.parse(id).orElseThrow());
        Files.writeString(
                console,
                IntStream.rangeClosed(1, 50).mapToObj(i -> "line " + i + "\r\n").collect(Collectors.joining()));
        assertThat(output(id, "{'length': 10}").split("\n", -1)).hasSize(10);
        assertThat(output(id, "{'length': '3'}")).isEqualTo("line 49\nline 50\n");
        for (String all : List.of("{}", "{'length': null}", "{'length': -1}")) {
            assertThat(output(id, all)).startsWith("line 1\n").endsWith("line 50\n");
        }
        Files.writeString(console, "x".repeat(1 << 20) + "\u001b[31mend\n");
        assertThat(output(id, "{}")).hasSizeLessThanOrEqualTo(100 * 1024).endsWith("x[31mend\n");
        delete(id);
    }

    @Test
    void everyRequestIsNotedUnderTheIdItsCallerWasTold() {
        String id = nova.activeServer("noted");
        String requestId = act(id, "{'pause': null}").header("x-compute-request-id");
        assertThat(act(id, "{'pause': null}").status()).isEqualTo(409);
        JsonNode actions = nova.ask("GET", "/servers/" + id + "/os-instance-actions")
                .json()
                .get("instanceActions");
        assertThat(actions).hasSize(2);
        assertThat(actions.at("/0/request_id").asText()).isEqualTo(requestId).startsWith("req-");
        assertThat(actions.at("/0/action").asText()).isEqualTo("pause");
        assertThat(actions.at("/1/action").asText()).isEqualTo("create");
        String path = "/servers/" + id + "/os-instance-actions";
        assertThat(nova.ask("GET", path + "/" + requestId)
                        .json()
                        .at("/instanceAction/instance_uuid")
                        .asText())
                .isEqualTo(id);
        assertThat(nova.ask("GET", path + "/req-0").status()).isEqualTo(404);
        delete(id);
        assertThat(nova.ask("GET", path).status()).isEqualTo(404);
        assertThat(nova.ask("demo", "2.21", "GET", path, "").json().get("instanceActions"))
                .hasSize(3);
        assertThat(nova.ask("alt", "2.21", "GET", path, "").status()).isEqualTo(404);
    }

    @Test
    void metadataIsReadAddedReplacedAndRemoved() {
        String id = nova.activeServer("meta");
        String path = "/servers/" + id + "/metadata";
        assertThat(nova.ask("PUT", path, "{'metadata': {'a': '1', 'b': '2'}}")
                        .json()
                        .get("metadata"))
                .hasSize(2);
        assertThat(nova.ask("POST", path, "{'metadata': {'b': '3', 'c': '4'}}")
                        .json()
                        .get("metadata"))
                .hasSize(3);
        assertThat(nova.ask("PUT", path + "/a", "{'meta': {'a': '9'}}")
                        .json()
                        .at("/meta/a")
                        .asText())
                .isEqualTo("9");
        assertThat(nova.ask("GET", path + "/b").json().at("/meta/b").asText()).isEqualTo("3");
        assertThat(nova.ask("DELETE", path + "/b").status()).isEqualTo(204);
        assertThat(nova.ask("DELETE", path + "/b").status()).isEqualTo(404);
        assertThat(nova.ask("GET", path + "/b").status()).isEqualTo(404);
        assertThat(nova.ask("GET", path).json().get("metadata")).hasSize(2);
        assertThat(nova.ask("PUT", path + "/a", "{'meta': {'z': '9'}}").status())
                .isEqualTo(400);
        assertThat(nova.ask("PUT", path, "{'meta': {'z': '9'}}").status()).isEqualTo(400);
        assertThat(nova.ask("POST", path, "{'metadata': {'': 'blank'}}").status())
                .isEqualTo(400);
        assertThat(nova.ask("POST", path, "{'metadata': {'" + "k".repeat(256) + "': 'v'}}")
                        .status())
                .isEqualTo(400);
        String tooMany = IntStream.rangeClosed(0, nova.host.quotas.metadataItems())
                .mapToObj(i -> "'k" + i + "': 'v'")
                .collect(Collectors.joining(", "));
        assertThat(nova.ask("POST", path, "{'metadata': {" + tooMany + "}}").status())
                .isEqualTo(403);
        delete(id);
    }

    @Test
    void tagsCameWith226() {
        String id = nova.activeServer("tagged");
        String path = "/servers/" + id + "/tags";
        assertThat(nova.ask("GET", path).status()).isEqualTo(404);
        assertThat(tag("PUT", path, "{'tags': ['b', 'a']}").json().get("tags")).hasSize(2);
        assertThat(tag("PUT", path + "/c", "").status()).isEqualTo(201);
        assertThat(tag("PUT", path + "/c", "").status()).isEqualTo(204);
        assertThat(tag("GET", path + "/c", "").status()).isEqualTo(204);
        assertThat(tag("DELETE", path + "/c", "").status()).isEqualTo(204);
        assertThat(tag("GET", path + "/c", "").status()).isEqualTo(404);
        assertThat(tag("PUT", path, "{'tags': ['" + "t".repeat(61) + "']}").status())
                .isEqualTo(400);
        assertThat(tag("GET", "/servers?tags=a,b", "").json().get("servers")).hasSize(1);
        assertThat(tag("GET", "/servers?not-tags-any=a", "").json().get("servers"))
                .isEmpty();
        assertThat(tag("DELETE", path, "").status()).isEqualTo(204);
        assertThat(tag("GET", path, "").json().get("tags")).isEmpty();
        delete(id);
    }

    @Test
    void aMoveIsAskedForAndFollowedAsAMigration() {
        String id = nova.activeServer("mover");
        assertThat(act(
                                id,
                                "{'tresccad:migrate': {'destination': 'edge', 'mode': 'package', 'bandwidth': 65536,"
                                        + " 'interruption_seconds': 1.5}}")
                        .status())
                .isEqualTo(202);
        assertThat(nova.moves.lastTerms)
                .isEqualTo(new MoveTerms(OptionalLong.of(65_536), Optional.of(Duration.ofMillis(1500))));
        for (String wrong : List.of("0", "-1", "86401", "'1.5'", "1e400", "true")) {
            assertThat(act(id, "{'tresccad:migrate': {'destination': 'edge', 'interruption_seconds': " + wrong + "}}")
                            .status())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(act(id, "{'tresccad:migrate': {'destination': 'edge', 'bandwidth': -1}}")
                        .status())
                .isEqualTo(400);
        JsonNode running = nova.ask("demo", "2.59", "GET", "/servers/" + id + "/migrations", "")
                .json()
                .at("/migrations/0");
        assertThat(running.get("dest_compute").asText()).isEqualTo("edge");
        assertThat(running.get("memory_remaining_bytes").asLong()).isEqualTo((1 << 20) - 4096);
        assertThat(running.get("uuid").asText()).isNotEmpty();
        JsonNode all =
                nova.ask("GET", "/os-migrations?instance_uuid=" + id).json().get("migrations");
        assertThat(all).hasSize(1);
        assertThat(all.at("/0/instance_uuid").asText()).isEqualTo(id);
        assertThat(all.get(0).has("migration_type")).isFalse();
        assertThat(nova.ask("GET", "/os-migrations?status=failed").json().get("migrations"))
                .isEmpty();
        assertThat(nova.ask("GET", "/os-migrations?instance_uuid=x").status()).isEqualTo(400);
        delete(id);
    }

    @Test
    void aServerIsSavedAndRestored() {
        String id = nova.activeServer("frozen");
        Answer saved = nova.ask("POST", "/servers/" + id + "/save");
        assertThat(saved.status()).isEqualTo(202);
        String image = saved.json().get("image_id").asText();
        Answer restored = nova.ask("POST", "/servers/restore", "{'image_id': '" + image + "', 'name': 'thawed'}");
        assertThat(restored.status()).isEqualTo(202);
        assertThat(restored.json().at("/server/id").asText()).isEqualTo(id);
        assertThat(nova.ask("POST", "/servers/restore", "{'image_id': 'x'}").status())
                .isEqualTo(400);
        assertThat(nova.ask("POST", "/servers/restore", "{'image_id': '00000000-0000-4000-8000-000000000000'}")
                        .status())
                .isEqualTo(404);
        delete(id);
    }

    @Test
    void theNetworkCardIsShownInNovasWays() {
        String id = nova.activeServer("wired");
        JsonNode card =
                nova.ask("GET", "/servers/" + id + "/os-interface").json().at("/interfaceAttachments/0");
        String address = card.at("/fixed_ips/0/ip_address").asText();
        assertThat(address).startsWith("10.99.0.");
        assertThat(nova.ask(
                                "GET",
                                "/servers/" + id + "/os-interface/"
                                        + card.get("port_id").asText())
                        .json()
                        .at("/interfaceAttachment/mac_addr"))
                .isEqualTo(card.get("mac_addr"));
        assertThat(nova.ask("GET", "/servers/" + id + "/ips")
                        .json()
                        .at("/addresses/private/0/addr")
                        .asText())
                .isEqualTo(address);
        assertThat(nova.ask("GET", "/servers/" + id + "/ips/other").status()).isEqualTo(404);
        assertThat(nova.ask("GET", "/servers/" + id + "/os-security-groups")
                        .json()
                        .at("/security_groups/0/name")
                        .asText())
                .isEqualTo("default");
        delete(id);
    }

    private static Answer act(String id, String body) {
        return nova.ask("POST", "/servers/" + id + "/action", body);
    }

    private static Answer tag(String method, String path, String body) {
        return nova.ask("demo", "2.26", method, path, body);
    }

    private static String output(String id, String arguments) {
        Answer answer = act(id, "{'os-getConsoleOutput': " + arguments + "}");
        assertThat(answer.status()).isEqualTo(200);
        return answer.json().get("output").asText();
    }

    private static void delete(String id) {
        assertThat(nova.ask("DELETE", "/servers/" + id).status()).isEqualTo(204);
        nova.awaitGone(id);
    }
}
