package org.tresccad.rest.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.rest.TestClient.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.rest.TestClient;
import org.tresccad.rest.TestServer;

final class IdentityApiTest {
    @TempDir
    private static Path directory;

    private static TestServer server;
    private static TestClient anonymous;
    private static TestClient demo;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory);
        anonymous = TestClient.anonymous(server);
        demo = TestClient.of(server, "demo");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/, 200",
        "/identity, 300",
        "/identity/, 300",
        "/identity/v3, 200",
        "/identity/v3/, 200",
        "/image, 300",
        "/image/, 300",
        "/image/versions, 200",
        "/image/v2, 200",
        "/image/v2/, 200"
    })
    void versionsAreToldWithoutAToken(String path, int status) {
        HttpResponse<String> answer = anonymous.get(path);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(answer.body()).contains("http://127.0.0.1:" + server.port() + "/");
    }

    @Test
    void theVersionDocumentHasWhatEveryClientDiesWithout() {
        JsonNode version = json(anonymous.get("/identity/v3")).get("version");

        assertThat(version.get("id").asText()).isEqualTo("v3.14");
        assertThat(version.get("status").asText()).isEqualTo("stable");
        assertThat(version.at("/links/0/rel").asText()).isEqualTo("self");
        assertThat(version.at("/links/0/href").asText()).endsWith("/identity/v3/");
    }

    @Test
    void aTokenNamesUserProjectRolesAndCatalog() {
        HttpResponse<String> answer =
                anonymous.post("/identity/v3/auth/tokens", TestClient.login("demo", TestServer.PASSWORD, "demo"));

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.headers().firstValue("X-Subject-Token")).isPresent();
        JsonNode token = json(answer).get("token");
        assertThat(token.at("/user/name").asText()).isEqualTo("demo");
        assertThat(token.at("/project/name").asText()).isEqualTo("demo");
        assertThat(token.get("roles").findValuesAsText("name")).containsExactly("member", "reader");
        assertThat(token.get("catalog").findValuesAsText("type")).containsExactly("identity", "compute", "image");
        assertThat(token.get("expires_at").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
        assertThat(token.at("/catalog/1/endpoints/0/url").asText()).isEqualTo(server.uri() + "/compute/v2.1");
    }

    @Test
    void aWrongPasswordIsA401InKeystonesShape() {
        HttpResponse<String> answer =
                anonymous.post("/identity/v3/auth/tokens", TestClient.login("demo", "wrong", "demo"));

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate"))
                .contains("Keystone uri=\"" + server.uri() + "/identity\"");
        assertThat(json(answer).at("/error/title").asText()).isEqualTo("Unauthorized");
        assertThat(json(answer).at("/error/message").asText()).contains("requires authentication");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"auth\": 1}",
                "{\"auth\": {\"identity\": {\"methods\": [\"password\"]}}}",
                "{\"auth\": {\"identity\": {\"methods\": [\"password\"], \"password\": {\"user\": {\"name\": 7}}}}}",
                "{\"auth\": {}, \"auth\": {}}"
            })
    void aMalformedLoginIsA400(String body) {
        HttpResponse<String> answer = anonymous.post("/identity/v3/auth/tokens", body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/error/code").asInt()).isEqualTo(400);
    }

    @Test
    void aRevokedTokenNoLongerValidates() {
        TestClient other = TestClient.of(server, "alt");
        String path = "/identity/v3/auth/tokens";

        assertThat(other.get(path, "X-Subject-Token", other.token()).statusCode())
                .isEqualTo(200);
        HttpResponse<String> head = other.send("HEAD", path, BodyPublishers.noBody(), "X-Subject-Token", other.token());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(other.delete(path, "X-Subject-Token", other.token()).statusCode())
                .isEqualTo(204);
        assertThat(demo.get(path, "X-Subject-Token", other.token()).statusCode())
                .isEqualTo(404);
        assertThat(other.get("/image/v2/images").statusCode()).isEqualTo(401);
    }

    @Test
    void nobodyButAnAdministratorAsksAboutOthersTokens() {
        TestClient alt = TestClient.of(server, "alt");
        TestClient admin = TestClient.of(server, "admin");
        String path = "/identity/v3/auth/tokens";

        assertThat(alt.get(path, "X-Subject-Token", demo.token()).statusCode()).isEqualTo(403);
        assertThat(admin.get(path, "X-Subject-Token", demo.token()).statusCode())
                .isEqualTo(200);
    }

    @Test
    void anUnscopedTokenFindsProjectsAndIsGoodForNothingElse() {
        HttpResponse<String> login = anonymous.post("/identity/v3/auth/tokens", """
                {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo",
                "domain": {"name": "Default"}, "password": "secret"}}}}}
                """);
        String token = login.headers().firstValue("X-Subject-Token").orElseThrow();

        assertThat(json(login).get("token").has("catalog")).isFalse();
        assertThat(json(anonymous.get("/identity/v3/auth/projects", "X-Auth-Token", token))
                        .at("/projects/0/name")
                        .asText())
                .isEqualTo("demo");
        assertThat(anonymous.get("/image/v2/images", "X-Auth-Token", token).statusCode())
                .isEqualTo(403);
    }

    @Test
    void oneSeesOneselfAndAnAdministratorSeesAll() {
        TestClient admin = TestClient.of(server, "admin");

        assertThat(json(demo.get("/identity/v3/users")).get("users")).hasSize(1);
        assertThat(json(demo.get("/identity/v3/projects?name=alt")).get("projects"))
                .isEmpty();
        JsonNode alt = json(admin.get("/identity/v3/projects?name=alt")).at("/projects/0");
        assertThat(alt.get("name").asText()).isEqualTo("alt");
        String path = "/identity/v3/projects/" + alt.get("id").asText();
        assertThat(admin.get(path).statusCode()).isEqualTo(200);
        assertThat(demo.get(path).statusCode()).isEqualTo(404);
        assertThat(demo.get("/identity/v3/domains/default").statusCode()).isEqualTo(200);
        assertThat(demo.get("/identity/v3/domains/other").statusCode()).isEqualTo(404);
    }
}
