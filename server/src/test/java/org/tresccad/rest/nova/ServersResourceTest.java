package org.tresccad.rest.nova;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.rest.nova.TestingNova.Answer;
import org.tresccad.testing.TestingHypervisor.Operation;

/** What Nova's clients and Tempest expect of {@code /servers}. */
class ServersResourceTest {
    @TempDir
    private static Path directory;

    private static TestingNova nova;
    private static String image;

    @BeforeAll
    static void start() {
        nova = new TestingNova(directory);
        image = nova.image("base").toString();
    }

    @AfterAll
    static void stop() {
        nova.close();
    }

    @AfterEach
    void deleteAll() {
        await("empty host").until(() -> {
            List<JsonNode> left = new ArrayList<>();
            nova.ask("GET", "/servers").json().get("servers").forEach(left::add);
            left.forEach(
                    server -> nova.ask("DELETE", "/servers/" + server.get("id").asText()));
            return left.isEmpty();
        });
    }

    @Test
    void aServerIsCreatedShownRenamedAndDeleted() {
        Answer created = create("'name': 'one'");
        assertThat(created.status()).isEqualTo(202);
        String id = created.json().at("/server/id").asText();
        assertThat(created.header("Location")).isEqualTo(nova.uri() + "/compute/v2.1/servers/" + id);
        assertThat(created.json().at("/server/adminPass").asText()).hasSize(12);
        nova.awaitStatus(id, "ACTIVE");
        JsonNode shown = nova.ask("GET", "/servers/" + id).json().get("server");
        assertThat(shown.at("/addresses/private/0/OS-EXT-IPS-MAC:mac_addr").asText())
                .startsWith("52:54:00");
        assertThat(shown.at("/image/id").asText()).isEqualTo(image);
        Answer renamed = nova.ask("PUT", "/servers/" + id, "{'server': {'name': 'two'}}");
        assertThat(renamed.status()).isEqualTo(200);
        assertThat(renamed.json().at("/server/name").asText()).isEqualTo("two");
        Answer deleted = nova.ask("DELETE", "/servers/" + id);
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(deleted.response().body()).isEmpty();
        nova.awaitGone(id);
    }

    @Test
    void aServerCanBeDeletedWhileItIsBuilt() {
        String id = create("'name': 'hasty'").json().at("/server/id").asText();
        assertThat(nova.ask("DELETE", "/servers/" + id).status()).isEqualTo(204);
        nova.awaitGone(id);
    }

    @Test
    void accessAddressesAreKeptAndMadeCanonical() {
        String id = create("'name': 'access', 'accessIPv4': '1.1.1.1',"
                        + " 'accessIPv6': '0000:0000:0000:0000:0000:babe:220.12.22.2'")
                .json()
                .at("/server/id")
                .asText();
        JsonNode server = nova.ask("GET", "/servers/" + id).json().get("server");
        assertThat(server.get("accessIPv4").asText()).isEqualTo("1.1.1.1");
        assertThat(server.get("accessIPv6").asText()).isEqualTo("::babe:dc0c:1602");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'name': ''",
                "'name': '   '",
                "'name': 12345",
                "'name': null",
                "'name': 'x', 'imageRef': -1",
                "'name': 'x', 'imageRef': ''",
                "'name': 'x', 'imageRef': '00000000-0000-4000-8000-000000000000'",
                "'name': 'x', 'flavorRef': '-1'",
                "'name': 'x', 'flavorRef': -1",
                "'name': 'x', 'accessIPv4': '1.1.1.1.1.1'",
                "'name': 'x', 'accessIPv6': 'notvalid'",
                "'name': 'x', 'networks': [{'fixed_ip': '10.0.1.1', 'uuid': 'a-b-c-d-e-f-g-h-i-j'}]",
                "'name': 'x', 'networks': 'none'",
                "'name': 'x', 'key_name': 'nobody-has-it'",
                "'name': 'x', 'security_groups': [{'name': 'does_not_exist'}]",
                "'name': 'x', 'metadata': {'a': 1}",
                "'name': 'x', 'metadata': {'': 'empty key'}",
                "'name': 'x', 'min_count': 3, 'max_count': 2",
                "'name': 'x', 'min_count': 0",
                "'name': 'x', 'user_data': '%%%'",
                "'name': 'x', 'config_drive': true",
                "'name': 'x', 'availability_zone': 'elsewhere'",
                "'name': 'x', 'OS-DCF:diskConfig': 'SOMETIMES'",
                "'name': 'x', 'tags': ['too-early']",
                "'name': 'x', 'colour': 'blue'",
                "'name': 'x', 'block_device_mapping_v2': [{'source_type': 'volume', 'uuid': 'v'}]",
            })
    void aBodyThatAsksForNonsenseIsRefused(String fields) {
        Answer answer = create(fields);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(400);
        assertThat(answer.json().at("/badRequest/code").asInt()).isEqualTo(400);
        assertThat(answer.json().at("/badRequest/message").asText()).isNotEmpty();
    }

    @Test
    void namesAndMetadataHaveALongestLength() {
        assertThat(create("'name': '" + "a".repeat(256) + "'").status()).isEqualTo(400);
        assertThat(create("'name': 'x', 'metadata': {'k': '" + "v".repeat(256) + "'}")
                        .status())
                .isEqualTo(400);
        assertThat(create("'name': '" + "a".repeat(255) + "'").status()).isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "9223372036854775808", "00000000-0000-4000-8000-000000000000", "no-such-name"})
    void anUnknownIdIsNotFoundWhateverItLooksLike(String id) {
        for (String method : List.of("GET", "DELETE")) {
            Answer answer = nova.ask(method, "/servers/" + id);
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.json().at("/itemNotFound/code").asInt()).isEqualTo(404);
        }
        assertThat(nova.ask("PUT", "/servers/" + id, "{'server': {'name': 'x'}}")
                        .status())
                .isEqualTo(404);
        assertThat(nova.ask("POST", "/servers/" + id + "/action", "{'pause': null}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void anotherProjectsServerDoesNotExist() {
        String id = nova.activeServer("mine");
        for (String[] request : new String[][] {
            {"GET", "", ""},
            {"DELETE", "", ""},
            {"PUT", "", "{'server': {'name': 'stolen'}}"},
            {"POST", "/action", "{'os-stop': null}"},
            {"GET", "/metadata", ""},
            {"POST", "/metadata", "{'metadata': {'a': 'b'}}"},
            {"GET", "/os-instance-actions", ""},
            {"GET", "/migrations", ""},
            {"POST", "/save", ""},
        }) {
            Answer answer = nova.ask("alt", "2.79", request[0], "/servers/" + id + request[1], request[2]);
            assertThat(answer.status()).as("%s %s", request[0], request[1]).isEqualTo(404);
        }
        assertThat(nova.ask("alt", "2.1", "GET", "/servers", "").json().get("servers"))
                .isEmpty();
        assertThat(nova.ask("admin", "2.1", "GET", "/servers/detail?all_tenants=1", "")
                        .json()
                        .get("servers"))
                .hasSize(1);
    }

    @Test
    void aReaderMayLookAndNotTouch() {
        String id = nova.activeServer("seen");
        assertThat(nova.ask("reader", "2.1", "GET", "/servers/" + id, "").status())
                .isEqualTo(200);
        assertThat(nova.ask("reader", "2.1", "POST", "/servers/" + id + "/action", "{'os-stop': null}")
                        .status())
                .isEqualTo(403);
        assertThat(nova.ask("reader", "2.1", "DELETE", "/servers/" + id, "").status())
                .isEqualTo(403);
        assertThat(nova.ask("GET", "/servers/" + id).json().at("/server/status").asText())
                .isEqualTo("ACTIVE");
    }

    @Test
    void theProjectMayBeInThePathWhenItIsTheCallersOwn() {
        String own = nova.caller("demo").projectId().value();
        String other = nova.caller("alt").projectId().value();
        assertThat(nova.ask("GET", "/" + own + "/servers/detail?limit=1").status())
                .isEqualTo(200);
        assertThat(nova.ask("GET", "/" + other + "/servers").status()).isEqualTo(400);
        assertThat(nova.ask("GET", "/" + own).status()).isEqualTo(404);
    }

    @Test
    void listsAreFilteredSortedAndPaged() {
        String first = create("'name': 'alpha'").json().at("/server/id").asText();
        String second = create("'name': 'beta', 'flavorRef': '2'")
                .json()
                .at("/server/id")
                .asText();
        nova.awaitStatus(first, "ACTIVE");
        nova.awaitStatus(second, "ACTIVE");
        assertThat(ids("")).containsExactly(second, first);
        assertThat(ids("?sort_key=display_name&sort_dir=asc")).containsExactly(first, second);
        assertThat(ids("?name=alp")).containsExactly(first);
        assertThat(ids("?name=%5Ebet.%24")).containsExactly(second);
        assertThat(ids("?flavor=2")).containsExactly(second);
        assertThat(ids("?image=" + image)).containsExactly(second, first);
        assertThat(ids("?image=" + UUID.randomUUID())).isEmpty();
        assertThat(ids("?status=active")).containsExactly(second, first);
        assertThat(ids("?status=non_existing_status")).isEmpty();
        assertThat(ids("?status=SHUTOFF")).isEmpty();
        assertThat(ids("?status=SHUTOFF&status=ACTIVE")).hasSize(2);
        assertThat(ids("?limit=0")).isEmpty();
        assertThat(ids("?limit=100000")).hasSize(2);
        assertThat(ids("?marker=" + second)).containsExactly(first);
        assertThat(ids("?changes-since=2051-01-01T12:34:00Z")).isEmpty();
        assertThat(ids("?changes-since=2011-01-01T12:34:00Z")).hasSize(2);
        assertThat(ids("?ip=10.99.0")).hasSize(2);
        JsonNode page = nova.ask("GET", "/servers?limit=1").json();
        assertThat(page.get("servers")).hasSize(1);
        assertThat(page.at("/servers_links/0/href").asText())
                .isEqualTo(nova.uri() + "/compute/v2.1/servers?limit=1&marker=" + second);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=-1",
                "limit=one",
                "marker=no-such-server",
                "changes-since=2011-01-01+twelve",
                "sort_key=colour",
                "sort_dir=up&sort_key=uuid",
                "name=%5B",
            })
    void aQueryThatMakesNoSenseIsRefused(String query) {
        assertThat(nova.ask("GET", "/servers?" + query).status()).isEqualTo(400);
    }

    @Test
    void aPatternThatWouldRunForEverIsRefused() {
        nova.activeServer("a".repeat(60) + "!");
        assertThat(nova.ask("GET", "/servers?name=%28.*%29%28.*%29%28.*%29%28.*%29%28.*%29%28.*%29%28.*%29z")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void onlyAdminsListOthersOrTheDeleted() {
        assertThat(nova.ask("GET", "/servers?all_tenants=1").status()).isEqualTo(403);
        assertThat(nova.ask("GET", "/servers?status=deleted").status()).isEqualTo(403);
        assertThat(nova.ask("admin", "2.1", "GET", "/servers?status=deleted", "")
                        .json()
                        .get("servers"))
                .isEmpty();
    }

    @Test
    void aServerThatDoesNotBootSaysWhy() {
        nova.hypervisor.refuseNext(Operation.START);
        String id = create("'name': 'broken'").json().at("/server/id").asText();
        nova.awaitStatus(id, "ERROR");
        JsonNode server = nova.ask("GET", "/servers/" + id).json().get("server");
        assertThat(server.at("/fault/message").asText()).contains("START");
        assertThat(server.at("/fault/code").asInt()).isEqualTo(500);
        assertThat(server.get("OS-EXT-STS:vm_state").asText()).isEqualTo("error");
    }

    @Test
    void networksMayBeAutoOrNoneFrom237OnAndMustBeSomething() {
        String body = "{'server': {'name': 'net', 'flavorRef': '1', 'imageRef': '" + image + "'%s}}";
        assertThat(nova.ask("demo", "2.37", "POST", "/servers", String.format(body, ""))
                        .status())
                .isEqualTo(400);
        for (String networks : List.of("auto", "none")) {
            Answer answer = nova.ask(
                    "demo", "2.37", "POST", "/servers", String.format(body, ", 'networks': '" + networks + "'"));
            assertThat(answer.status()).isEqualTo(202);
            String id = answer.json().at("/server/id").asText();
            nova.awaitStatus(id, "ACTIVE");
            assertThat(nova.ask("GET", "/servers/" + id)
                            .json()
                            .at("/server/addresses")
                            .size())
                    .isEqualTo(networks.equals("auto") ? 1 : 0);
        }
    }

    @Test
    void ourNetworkMayBeNamedWithAnAddress() {
        String network = nova.ask("GET", "/os-tenant-networks")
                .json()
                .at("/networks/0/id")
                .asText();
        String id = create("'name': 'fixed', 'networks': [{'uuid': '" + network + "', 'fixed_ip': '10.99.0.77'}]")
                .json()
                .at("/server/id")
                .asText();
        assertThat(nova.ask("GET", "/servers/" + id + "/ips/private")
                        .json()
                        .at("/private/0/addr")
                        .asText())
                .isEqualTo("10.99.0.77");
        assertThat(create("'name': 'again', 'networks': [{'uuid': '" + network + "', 'fixed_ip': '10.99.0.77'}]")
                        .status())
                .isEqualTo(409);
    }

    @Test
    void aMacMayBeAskedForThatNoOtherServerHas() {
        String network = nova.ask("GET", "/os-tenant-networks")
                .json()
                .at("/networks/0/id")
                .asText();
        String card = "'networks': [{'uuid': '" + network + "', 'tresccad:mac': '52:54:00:AB:CD:EF'}]";
        String id = create("'name': 'mac', " + card).json().at("/server/id").asText();
        assertThat(nova.ask("GET", "/servers/" + id + "/os-interface")
                        .json()
                        .at("/interfaceAttachments/0/mac_addr")
                        .asText())
                .isEqualTo("52:54:00:ab:cd:ef");
        assertThat(create("'name': 'again', " + card).status()).isEqualTo(409);
        assertThat(create("'name': 'group', " + card.replace("52:54", "01:54")).status())
                .isEqualTo(400);
    }

    @Test
    void severalAlikeShareAReservation() {
        Answer answer = create("'name': 'many', 'min_count': 1, 'max_count': 2, 'return_reservation_id': true");
        assertThat(answer.status()).isEqualTo(202);
        String reservation = answer.json().get("reservation_id").asText();
        assertThat(ids("?reservation_id=" + reservation)).hasSize(2);
    }

    @Test
    void theQuotaIsAForbiddenAndLeavesNothing() {
        assertThat(create("'name': 'crowd', 'min_count': 11").status()).isEqualTo(403);
        assertThat(ids("")).isEmpty();
    }

    private static Answer create(String fields) {
        String flavor = fields.contains("'flavorRef'") ? "" : ", 'flavorRef': '1'";
        String base = fields.contains("'imageRef'") ? "" : ", 'imageRef': '" + image + "'";
        return nova.ask("POST", "/servers", "{'server': {" + fields + flavor + base + "}}");
    }

    private static List<String> ids(String query) {
        List<String> ids = new ArrayList<>();
        for (String path : List.of("/servers", "/servers/detail")) {
            ids.clear();
            Answer answer = nova.ask("GET", path + query);
            assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
            answer.json()
                    .get("servers")
                    .forEach(server -> ids.add(server.get("id").asText()));
        }
        return ids;
    }
}
