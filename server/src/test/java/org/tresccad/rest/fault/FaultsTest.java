package org.tresccad.rest.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.rest.TestClient.json;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.rest.PublicRoute;
import org.tresccad.rest.TestClient;
import org.tresccad.rest.TestServer;

final class FaultsTest {
    @TempDir
    private static java.nio.file.Path directory;

    private static TestServer server;
    private static TestClient client;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory, new Compute(), new Own());
        client = TestClient.of(server, "demo");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "BAD_REQUEST, 400, badRequest",
        "UNAUTHENTICATED, 401, error",
        "FORBIDDEN, 403, forbidden",
        "NOT_FOUND, 404, itemNotFound",
        "CONFLICT, 409, conflictingRequest",
        "QUOTA_EXCEEDED, 403, forbidden",
        "TOO_LARGE, 413, overLimit",
        "UNSUPPORTED_MEDIA_TYPE, 415, badMediaType",
        "INVALID_CONTENT, 400, badRequest",
        "NOT_IMPLEMENTED, 501, notImplemented",
        "NO_SPACE, 507, insufficientStorage",
        "UNAVAILABLE, 503, serviceUnavailable",
        "TIMEOUT, 504, gatewayTimeout",
        "INTERNAL, 500, computeFault"
    })
    void everyKindHasItsStatusAndItsNovaKey(ErrorKind kind, int status, String key) {
        HttpResponse<String> answer = client.get("/compute/fails/" + kind);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(json(answer).path(key).path("code").asInt()).isEqualTo(status);
        assertThat(json(answer).path(key).path("message").asText()).isEqualTo("It failed.");
    }

    @ParameterizedTest
    @EnumSource(ErrorKind.class)
    void noKindIsLeftOutOfTheTable(ErrorKind kind) {
        assertThat(Fault.of(kind).status()).isBetween(400, 599);
    }

    @Test
    void aDefectShowsARequestIdAndNothingElse() {
        HttpResponse<String> answer = client.get("/compute/broken");

        assertThat(answer.statusCode()).isEqualTo(500);
        String id = answer.headers().firstValue("x-compute-request-id").orElseThrow();
        assertThat(id).matches("req-[0-9a-f-]{36}");
        assertThat(answer.headers().firstValue("x-openstack-request-id")).contains(id);
        assertThat(json(answer).at("/computeFault/message").asText())
                .contains(id)
                .doesNotContain("Index");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /compute/nope, 404, itemNotFound",
        "DELETE, /compute/broken, 405, badMethod",
        "GET, /image/nope, 404, error",
        "GET, /nope, 404, error"
    })
    void unknownRoutesHaveTheShapeOfTheirApi(String method, String path, int status, String key) {
        HttpResponse<String> answer = client.send(method, path, BodyPublishers.noBody());

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(json(answer).path(key).path("code").asInt()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-openstack-request-id")).isPresent();
    }

    @Test
    void aBodyOfAnotherTypeIsA415() {
        HttpResponse<String> answer =
                client.send("POST", "/compute/echo", BodyPublishers.ofString("a=b"), "Content-Type", "text/plain");

        assertThat(answer.statusCode()).isEqualTo(415);
        assertThat(json(answer).at("/badMediaType/message").asText()).contains("Content-Type");
    }

    @Test
    void brokenJsonIsA400ThatDoesNotQuoteIt() {
        HttpResponse<String> answer = client.post("/compute/echo", "{\"password\": \"hidden\", oops}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/badRequest/message").asText()).isNotEmpty().doesNotContain("hidden");
    }

    @Test
    void glanceAnswersABrowserInHtml() {
        HttpResponse<String> answer = client.get("/image/v2/images/%3Cscript%3E", "Accept", "text/html, */*;q=0.8");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .isEqualToIgnoringCase("text/html;charset=UTF-8");
        assertThat(answer.body()).contains("<h1>404 Not Found</h1>").doesNotContain("<script>");
    }

    @Test
    void everythingButPublicRoutesNeedsAToken() {
        TestClient anonymous = TestClient.anonymous(server);

        assertThat(anonymous.get("/compute/broken").statusCode()).isEqualTo(401);
        assertThat(anonymous.get("/own").statusCode()).isEqualTo(200);
        assertThat(anonymous.get("/compute/broken", "X-Auth-Token", "wrong").statusCode())
                .isEqualTo(401);
    }

    /** Routes that fail. */
    @Path("/compute")
    public static final class Compute {
        @GET
        @Path("fails/{kind}")
        public String fails(@PathParam("kind") String kind) {
            throw new TresccadException(ErrorKind.valueOf(kind), "It failed.");
        }

        @GET
        @Path("broken")
        public String broken() {
            return List.of("secret detail").get(1);
        }

        @POST
        @Path("echo")
        @Consumes("application/json")
        public Map<String, Object> echo(Map<String, Object> body) {
            return body;
        }
    }

    /** A route for everybody. */
    @Path("/own")
    @PublicRoute
    public static final class Own {
        @GET
        public String hello() {
            return "hello";
        }
    }
}
