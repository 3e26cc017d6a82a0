package org.tresccad.rest.guest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.instance.Instance;
import org.tresccad.instance.KeyPair;
import org.tresccad.metadata.GuestPolicy;
import org.tresccad.rest.Json;
import org.tresccad.testing.TestingHost;

/** What the metadata trees of OpenStack and EC2 say, and to whom. */
class MetadataTreesTest {
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh me";
    private static final String A = "127.0.1.2";
    private static final String B = "127.0.1.3";
    private static final String STRANGER = "127.0.1.4";

    @TempDir
    private Path directory;

    private TestingGuestApi api;
    private Instance a;
    private Instance b;

    @BeforeEach
    void serve() {
        api = new TestingGuestApi(
                directory,
                new GuestPolicy(GuestPolicy.MayAsk.ALWAYS, 10, Duration.ofHours(1)),
                GuestLimits.ofDefaults());
        api.host.keyPairs.add(TestingHost.MEMBER.userId(), new KeyPair("me/at=home", KEY, "00", Instant.EPOCH), 10);
        String userData = Base64.getEncoder().encodeToString("#!/bin/sh\necho hi\n".getBytes(StandardCharsets.UTF_8));
        a = api.boot("web", A, Map.of("role", "db \"1\""), Optional.of("me/at=home"), Optional.of(userData));
        b = api.boot("other", B, Map.of());
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void openStackVersionsAreListedWithAndWithoutASlash() {
        String versions = api.guest(A).get("/openstack").body();
        assertThat(versions.lines()).contains("2012-08-10", "2018-08-27", "latest");
        assertThat(api.guest(A).get("/openstack/").body()).isEqualTo(versions);
        assertThat(api.guest(A).get("/openstack/2018-08-27/").body().lines())
                .contains("meta_data.json", "user_data", "network_data.json");
        assertThat(api.guest(B).get("/openstack/latest").body().lines()).doesNotContain("user_data");
    }

    @Test
    void metaDataNameTheLineageAsTheMachine() throws IOException {
        JsonNode data = json(api.guest(A), "/openstack/latest/meta_data.json");
        assertThat(data.path("uuid").asText())
                .isEqualTo(a.epoch().lineage().toString())
                .isNotEqualTo(a.id().toString());
        assertThat(data.path("name").asText()).isEqualTo("web");
        assertThat(data.path("hostname").asText()).isEqualTo("web");
        assertThat(data.path("meta").path("role").asText()).isEqualTo("db \"1\"");
        assertThat(data.path("public_keys").path("me/at=home").asText()).isEqualTo(KEY);
        assertThat(data.path("keys").path(0).path("data").asText()).isEqualTo(KEY);
        assertThat(data.path("availability_zone").asText()).isEqualTo("nova");
        assertThat(data.path("project_id").asText()).isEqualTo(a.project().value());
        assertThat(data.path("launch_index").asInt(-1)).isZero();
    }

    @Test
    void everyReaderGetsAFreshSeedInValidBase64() throws IOException {
        String first = json(api.guest(A), "/openstack/latest/meta_data.json")
                .path("random_seed")
                .asText();
        String second = json(api.guest(A), "/openstack/2013-04-04/meta_data.json")
                .path("random_seed")
                .asText();
        assertThat(Base64.getDecoder().decode(first)).hasSize(512);
        assertThat(first).isNotEqualTo(second);
    }

    @Test
    void networkDataDescribeTheGuestsOwnCard() throws IOException {
        JsonNode data = json(api.guest(B), "/openstack/latest/network_data.json");
        JsonNode link = data.path("links").path(0);
        assertThat(link.path("ethernet_mac_address").asText())
                .isEqualTo(
                        api.host.network.portOf(b.holder()).orElseThrow().mac().toString());
        assertThat(link.path("mtu").asInt()).isEqualTo(1500);
        assertThat(link.path("type").asText()).isEqualTo("bridge");
        JsonNode network = data.path("networks").path(0);
        assertThat(network.path("type").asText()).isEqualTo("ipv4_dhcp");
        assertThat(network.path("link").asText()).isEqualTo(link.path("id").asText());
        assertThat(data.path("services").isArray()).isTrue();
    }

    @Test
    void userDataAreDecodedAndAbsentWhenThereAreNone() {
        for (String path : new String[] {"/openstack/latest/user_data", "/latest/user-data", "/2009-04-04/user-data"}) {
            assertThat(api.guest(A).get(path).body()).isEqualTo("#!/bin/sh\necho hi\n");
            assertThat(api.guest(B).get(path).status()).isEqualTo(404);
        }
    }

    @Test
    void vendorDataAreEmptyObjects() {
        assertThat(api.guest(A).get("/openstack/latest/vendor_data.json").body())
                .isEqualTo("{}");
        assertThat(api.guest(A).get("/openstack/latest/vendor_data2.json").body())
                .isEqualTo("{}");
    }

    @Test
    void theEc2TreeCanBeWalked() {
        GuestHttp guest = api.guest(A);
        assertThat(guest.get("/").body().lines()).contains("2009-04-04", "latest");
        assertThat(guest.get("/latest/").body().lines()).containsExactly("dynamic/", "meta-data/", "user-data");
        assertThat(guest.get("/latest/meta-data/").body().lines())
                .contains("instance-id", "placement/", "public-keys/", "local-ipv4")
                .isEqualTo(guest.get("/2009-04-04/meta-data").body().lines().toList());
        assertThat(guest.get("/latest/meta-data/instance-id").body())
                .isEqualTo(a.epoch().lineage().toString());
        assertThat(guest.get("/latest/meta-data/local-ipv4").body()).isEqualTo(A);
        assertThat(guest.get("/latest/meta-data/placement/availability-zone").body())
                .isEqualTo("nova");
        assertThat(guest.get("/latest/meta-data/public-keys/").body()).isEqualTo("0=me_at=home");
        assertThat(guest.get("/latest/meta-data/public-keys/0/").body()).isEqualTo("openssh-key");
        assertThat(guest.get("/latest/meta-data/public-keys/0/openssh-key").body())
                .isEqualTo(KEY);
    }

    @Test
    void theIdentityDocumentIsJson() throws IOException {
        JsonNode document = json(api.guest(A), "/latest/dynamic/instance-identity/document");
        assertThat(document.path("instanceId").asText())
                .isEqualTo(a.epoch().lineage().toString());
        assertThat(document.path("privateIp").asText()).isEqualTo(A);
        assertThat(document.path("region").asText()).isEqualTo("RegionOne");
    }

    @Test
    void whatIsNotThereIsA404InText() {
        for (String path : new String[] {
            "/latest/meta-data/nothing",
            "/2021-03-23/meta-data/instance-id",
            "/openstack/2099-01-01/meta_data.json",
            "/openstack/latest/content/0000",
            "/nothing"
        }) {
            GuestHttp.Answer answer = api.guest(A).get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.header("Content-Type")).as(path).startsWith("text/plain");
        }
    }

    @Test
    void anAnswerDependsOnTheAddressAndOnNoHeader() {
        String spoofed = api.guest(A)
                .get(
                        "/latest/meta-data/instance-id",
                        "X-Forwarded-For: " + B,
                        "X-Real-IP: " + B,
                        "Forwarded: for=" + B,
                        "X-Instance-ID: " + b.id(),
                        "X-Instance-ID-Signature: 00",
                        "X-Tenant-ID: " + b.project())
                .body();
        assertThat(spoofed).isEqualTo(a.epoch().lineage().toString());
        assertThat(api.guest(B).get("/latest/meta-data/instance-id").body())
                .isEqualTo(b.epoch().lineage().toString());
    }

    @Test
    void whoIsNoGuestFindsNothing() {
        for (String path :
                new String[] {"/", "/openstack/latest/meta_data.json", "/latest/meta-data/", "/tresccad/v1/"}) {
            assertThat(api.guest(STRANGER).get(path, "X-Forwarded-For: " + A).status())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void aDeletedInstanceIsNoGuestAnyMore() {
        api.host.delete.delete(TestingHost.MEMBER, b.id());
        org.awaitility.Awaitility.await("delete")
                .until(() -> api.host.network.portOf(b.holder()).isEmpty());
        assertThat(api.guest(B).get("/latest/meta-data/instance-id").status()).isEqualTo(404);
    }

    @Test
    void aPasswordIsLeftOnceAndShownToItsGuestOnly() {
        assertThat(api.guest(A).get("/openstack/latest/password").body()).isEmpty();
        assertThat(api.guest(A).post("/openstack/latest/password", "c2VjcmV0").status())
                .isEqualTo(200);
        assertThat(api.guest(A).post("/openstack/latest/password", "b3RoZXI=").status())
                .isEqualTo(409);
        assertThat(api.guest(A).get("/openstack/latest/password").body()).isEqualTo("c2VjcmV0");
        assertThat(api.guest(B).get("/openstack/latest/password").body()).isEmpty();
        assertThat(api.guest(B)
                        .post("/openstack/latest/password", "x".repeat(2000))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void headsAreAnsweredAndOtherMethodsRefused() {
        assertThat(api.guest(A).ask("HEAD", "/latest/meta-data/", "").status()).isEqualTo(200);
        assertThat(api.guest(A).ask("DELETE", "/latest/meta-data/", "").status())
                .isEqualTo(405);
        assertThat(api.guest(A).post("/openstack/latest/meta_data.json", "{}").status())
                .isEqualTo(405);
    }

    private static JsonNode json(GuestHttp guest, String path) throws IOException {
        GuestHttp.Answer answer = guest.get(path, "Accept: text/plain");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        return Json.mapper().readTree(answer.body());
    }
}
