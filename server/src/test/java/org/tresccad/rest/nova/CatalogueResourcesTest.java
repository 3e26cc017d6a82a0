package org.tresccad.rest.nova;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.rest.nova.TestingNova.Answer;

/** Versions, flavors, keys, limits and what else is there without a server. */
class CatalogueResourcesTest {
    private static final String ED25519 =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@example";

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
    @ValueSource(strings = {"/compute/v2.1", "/compute/v2.1/"})
    void theVersionIsPublicWithAndWithoutASlash(String path) {
        Answer answer = get(path);
        assertThat(answer.status()).isEqualTo(200);
        JsonNode version = answer.json().get("version");
        assertThat(version.get("id").asText()).isEqualTo("v2.1");
        assertThat(version.get("status").asText()).isEqualTo("CURRENT");
        assertThat(version.get("version").asText()).isEqualTo("2.79");
        assertThat(version.get("min_version").asText()).isEqualTo("2.1");
        assertThat(version.at("/links/0/href").asText()).isEqualTo(nova.uri() + "/compute/v2.1/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/compute", "/compute/"})
    void theRootListsTheVersion(String path) {
        Answer answer = get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().findValuesAsText("id")).containsExactly("v2.0", "v2.1");
        String old = answer.json().at("/versions/0/links/0/href").asText();
        assertThat(old).isEqualTo(nova.uri() + "/compute/v2/");
        assertThat(get("/compute/v2/").json().at("/version/id").asText()).isEqualTo("v2.0");
    }

    @ParameterizedTest
    @CsvSource({
        "'compute 2.1', 200, 2.1",
        "'compute 2.37', 200, 2.37",
        "'identity 3.0, compute 2.79', 200, 2.79",
        "'compute latest', 200, 2.79",
        "'identity 3.0', 200, 2.1",
        "'compute 2.80', 406, ''",
        "'compute 2.0', 406, ''",
        "'compute 3.1', 406, ''",
        "'compute two', 400, ''",
        "'compute 2.01', 400, ''",
    })
    void theMicroversionIsHonouredAndSaid(String header, int status, String given) {
        Answer answer = nova.send(HttpRequest.newBuilder(URI.create(nova.uri() + "/compute/v2.1/flavors"))
                .header("X-Auth-Token", nova.token("demo"))
                .header("OpenStack-API-Version", header)
                .build());
        assertThat(answer.status()).isEqualTo(status);
        if (!given.isEmpty()) {
            assertThat(answer.header("OpenStack-API-Version")).isEqualTo("compute " + given);
            assertThat(answer.header("X-OpenStack-Nova-API-Version")).isEqualTo(given);
            assertThat(answer.response().headers().allValues("Vary"))
                    .contains("OpenStack-API-Version", "X-OpenStack-Nova-API-Version");
        }
    }

    @Test
    void theOldVersionIsTheSameWithAndWithoutAProject() {
        String project = nova.caller("demo").projectId().value();
        for (String path : List.of("/compute/v2/flavors?limit=1", "/compute/v2/" + project + "/flavors?limit=1")) {
            Answer answer = nova.send(HttpRequest.newBuilder(URI.create(nova.uri() + path))
                    .header("X-Auth-Token", nova.token("demo"))
                    .build());
            assertThat(answer.json().get("flavors")).as(path).hasSize(1);
        }
    }

    @Test
    void withoutATokenNothingIsShown() {
        Answer answer = get("/compute/v2.1/servers");
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).startsWith("Keystone uri=");
    }

    @Test
    void flavorsAreListedFilteredAndShown() {
        assertThat(flavors("/flavors")).containsExactly("1", "2");
        assertThat(flavors("/flavors/detail?is_public=None")).containsExactly("1", "2");
        assertThat(flavors("/flavors/detail?is_public=True")).containsExactly("1", "2");
        assertThat(flavors("/flavors?minRam=100")).containsExactly("2");
        assertThat(flavors("/flavors/detail?minDisk=1")).containsExactly("2");
        assertThat(flavors("/flavors?limit=1")).containsExactly("1");
        assertThat(flavors("/flavors?marker=1")).containsExactly("2");
        assertThat(flavors("/flavors?sort_key=memory_mb&sort_dir=desc")).containsExactly("2", "1");
        assertThat(nova.ask("GET", "/flavors/2").json().at("/flavor/ram").asInt())
                .isEqualTo(128);
        assertThat(nova.ask("GET", "/flavors/2/os-extra_specs")
                        .json()
                        .at("/extra_specs/hw:boot_menu")
                        .asText())
                .isEqualTo("true");
        assertThat(nova.ask("GET", "/flavors/m1.tiny").status()).isEqualTo(404);
        for (String wrong : List.of("minRam=much", "limit=-1", "marker=none", "sort_key=colour", "minDisk=x")) {
            assertThat(nova.ask("GET", "/flavors?" + wrong).status()).as(wrong).isEqualTo(400);
        }
    }

    @Test
    void onlyAdminsChangeFlavors() {
        String body = "{'flavor': {'name': 'm1.new', 'ram': 256, 'vcpus': 2, 'disk': 3, 'id': 'new'}}";
        assertThat(nova.ask("POST", "/flavors", body).status()).isEqualTo(403);
        assertThat(nova.ask("admin", "2.1", "POST", "/flavors", body).status()).isEqualTo(200);
        assertThat(nova.ask("admin", "2.1", "POST", "/flavors", body).status()).isEqualTo(409);
        assertThat(nova.ask("admin", "2.1", "POST", "/flavors/new/os-extra_specs", "{'extra_specs': {'a': 'b'}}")
                        .json()
                        .at("/extra_specs/a")
                        .asText())
                .isEqualTo("b");
        assertThat(nova.ask("DELETE", "/flavors/new").status()).isEqualTo(403);
        assertThat(nova.ask("admin", "2.1", "DELETE", "/flavors/new", "").status())
                .isEqualTo(202);
        assertThat(nova.ask("GET", "/flavors/new").status()).isEqualTo(404);
        assertThat(nova.ask("admin", "2.1", "POST", "/flavors", "{'flavor': {'name': 'x', 'ram': 0, 'vcpus': 1}}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aPublicKeyIsImportedListedShownAndForgotten() {
        Answer created =
                nova.ask("POST", "/os-keypairs", "{'keypair': {'name': 'mine', 'public_key': '" + ED25519 + "'}}");
        assertThat(created.status()).isEqualTo(200);
        assertThat(created.json().get("keypair").has("private_key")).isFalse();
        assertThat(created.json().at("/keypair/fingerprint").asText()).matches("([0-9a-f]{2}:){15}[0-9a-f]{2}");
        assertThat(nova.ask("POST", "/os-keypairs", "{'keypair': {'name': 'mine', 'public_key': '" + ED25519 + "'}}")
                        .status())
                .isEqualTo(409);
        assertThat(nova.ask("GET", "/os-keypairs")
                        .json()
                        .at("/keypairs/0/keypair/name")
                        .asText())
                .isEqualTo("mine");
        JsonNode shown =
                nova.ask("demo", "2.2", "GET", "/os-keypairs/mine", "").json().get("keypair");
        assertThat(shown.get("type").asText()).isEqualTo("ssh");
        assertThat(shown.get("deleted").asBoolean()).isFalse();
        assertThat(nova.ask("alt", "2.1", "GET", "/os-keypairs/mine", "").status())
                .isEqualTo(404);
        assertThat(nova.ask("demo", "2.2", "DELETE", "/os-keypairs/mine", "").status())
                .isEqualTo(204);
        assertThat(nova.ask("DELETE", "/os-keypairs/mine").status()).isEqualTo(404);
    }

    @Test
    void aKeyIsMadeWhenNoneIsGiven() {
        Answer created = nova.ask("demo", "2.2", "POST", "/os-keypairs", "{'keypair': {'name': 'made'}}");
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.json().at("/keypair/private_key").asText()).startsWith("-----BEGIN RSA PRIVATE KEY-----");
        assertThat(created.json().at("/keypair/public_key").asText()).startsWith("ssh-rsa AAAA");
        assertThat(nova.ask("DELETE", "/os-keypairs/made").status()).isEqualTo(202);
    }

    @Test
    void aCertificateIsMadeForWindowsGuests() {
        JsonNode made = nova.ask("demo", "2.2", "POST", "/os-keypairs", "{'keypair': {'name': 'win', 'type': 'x509'}}")
                .json()
                .get("keypair");
        assertThat(made.get("public_key").asText()).startsWith("-----BEGIN CERTIFICATE-----");
        assertThat(made.get("fingerprint").asText()).matches("([0-9a-f]{2}:){19}[0-9a-f]{2}");
        assertThat(nova.ask("demo", "2.2", "GET", "/os-keypairs/win", "")
                        .json()
                        .at("/keypair/type")
                        .asText())
                .isEqualTo("x509");
        assertThat(nova.ask("DELETE", "/os-keypairs/win").status()).isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'name': ''",
                "'name': 'key_/.\\\\@:'",
                "'name': null",
                "'name': 'x', 'public_key': ''",
                "'name': 'x', 'public_key': null",
                "'name': 'x', 'public_key': 'ssh-rsa JUNK nova@ubuntu'",
                "'name': 'x', 'public_key': 'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'",
                "'name': 'x', 'public_key': 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkV'",
                "'name': 'x', 'public_key': 'not a key'",
                "'name': 'x', 'type': 'pgp'",
                "'name': 'x', 'type': 'x509', 'public_key': '-----BEGIN CERTIFICATE-----'",
                "'name': 'x', 'colour': 'blue'",
            })
    void aKeyThatIsNoneIsABadRequest(String fields) {
        assertThat(nova.ask("POST", "/os-keypairs", "{'keypair': {" + fields + "}}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void limitsAndQuotasAgree() {
        String project = nova.caller("demo").projectId().value();
        JsonNode absolute = nova.ask("GET", "/limits").json().at("/limits/absolute");
        JsonNode quotas = nova.ask("GET", "/os-quota-sets/" + project).json().get("quota_set");
        assertThat(absolute.get("maxServerMeta")).isEqualTo(quotas.get("metadata_items"));
        assertThat(absolute.get("maxTotalInstances")).isEqualTo(quotas.get("instances"));
        assertThat(absolute.get("totalInstancesUsed").asInt()).isZero();
        assertThat(nova.ask("demo", "2.79", "GET", "/limits", "")
                        .json()
                        .at("/limits/absolute")
                        .has("maxPersonality"))
                .isFalse();
        String other = nova.caller("alt").projectId().value();
        assertThat(nova.ask("GET", "/os-quota-sets/" + other).status()).isEqualTo(403);
        assertThat(nova.ask("admin", "2.1", "GET", "/os-quota-sets/" + other + "/detail", "")
                        .json()
                        .at("/quota_set/cores/in_use")
                        .asInt())
                .isZero();
    }

    @Test
    void adminsSeeTheHost() {
        for (String path : List.of("/os-services", "/os-hypervisors/detail", "/os-availability-zone/detail")) {
            assertThat(nova.ask("GET", path).status()).as(path).isEqualTo(403);
            assertThat(nova.ask("admin", "2.53", "GET", path, "").status())
                    .as(path)
                    .isEqualTo(200);
        }
        JsonNode host =
                nova.ask("admin", "2.1", "GET", "/os-hypervisors/1", "").json().get("hypervisor");
        assertThat(host.get("hypervisor_hostname").asText()).isEqualTo("here");
        assertThat(host.get("hypervisor_version").asInt()).isEqualTo(7_002_019);
        assertThat(host.get("memory_mb").asInt()).isEqualTo(65_536);
    }

    @Test
    void theNetworkIsThereForOldClients() {
        JsonNode network = nova.ask("GET", "/os-tenant-networks").json().at("/networks/0");
        assertThat(network.get("cidr").asText()).isEqualTo("10.99.0.0/24");
        assertThat(network.get("label").asText()).isEqualTo("private");
        for (String path : List.of("/os-tenant-networks", "/os-security-groups", "/images")) {
            assertThat(nova.ask("GET", path).status()).as(path).isEqualTo(200);
            assertThat(nova.ask("demo", "2.36", "GET", path, "").status())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void extensionsNameWhatOldClientsLookFor() {
        assertThat(nova.ask("GET", "/extensions/os-keypairs")
                        .json()
                        .at("/extension/alias")
                        .asText())
                .isEqualTo("os-keypairs");
        assertThat(nova.ask("GET", "/extensions").json().get("extensions").size())
                .isGreaterThan(10);
        assertThat(nova.ask("GET", "/extensions/none").status()).isEqualTo(404);
    }

    @Test
    void imagesAreShownToOldClients() {
        String id = nova.image("proxied").toString();
        JsonNode image = nova.ask("GET", "/images/" + id).json().get("image");
        assertThat(image.get("status").asText()).isEqualTo("ACTIVE");
        assertThat(nova.ask("GET", "/images/detail?name=proxied").json().get("images"))
                .hasSize(1);
        assertThat(nova.ask("GET", "/images/none").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({"GET, /no-such-thing, 404", "DELETE, /servers, 405", "POST, /limits, 405"})
    void routesThatAreNotThereAnswerInNovasShape(String method, String path, int status) {
        Answer answer = nova.ask(method, path);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.json().elements().next().get("code").asInt()).isEqualTo(status);
    }

    @Test
    void aBodyThatIsNotJsonIsABadRequest() {
        Answer answer = nova.ask("POST", "/servers", "{not json");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().has("badRequest")).isTrue();
    }

    private static List<String> flavors(String path) {
        Answer answer = nova.ask("GET", path);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer.json().findValuesAsText("id");
    }

    private static Answer get(String path) {
        return nova.send(HttpRequest.newBuilder(URI.create(nova.uri() + path)).build());
    }
}
