package org.tresccad.rest.guest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.daemon.config.HostPort;
import org.tresccad.instance.Instance;
import org.tresccad.instance.KeyPair;
import org.tresccad.metadata.GuestPolicy;
import org.tresccad.rest.Json;
import org.tresccad.testing.TestingHost;

/**
 * The unmodified cloud-init of Debian reads what guests are served. Run it by {@code server/src/test/cloud-init/run},
 * which brings cloud-init and a network namespace in which 169.254.169.254 is an address of the loopback, and so that of
 * the guest as well.
 */
class CloudInitIT {
    private static final String ADDRESS = "169.254.169.254";
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh me";
    private static final String USER_DATA = "#!/bin/sh\necho \u00e4 hi\n";

    @TempDir
    private Path directory;

    private TestingGuestApi api;
    private Instance guest;

    @BeforeEach
    void serve() {
        if (!"1".equals(System.getenv("TRESCCAD_IT_NETNS")) || System.getenv("TRESCCAD_IT_CLOUD_INIT") == null) {
            throw new IllegalStateException("run this with server/src/test/cloud-init/run");
        }
        api = new TestingGuestApi(
                directory,
                new GuestPolicy(GuestPolicy.MayAsk.ALWAYS, 10, Duration.ofHours(1)),
                GuestLimits.ofDefaults(),
                new HostPort(ADDRESS, 80));
        api.host.keyPairs.add(TestingHost.MEMBER.userId(), new KeyPair("me", KEY, "00", Instant.EPOCH), 10);
        guest = api.boot(
                "web",
                ADDRESS,
                Map.of("role", "db"),
                Optional.of("me"),
                Optional.of(Base64.getEncoder().encodeToString(USER_DATA.getBytes(StandardCharsets.UTF_8))));
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void openStacksDataSourceFindsEverythingWithoutARetry() throws Exception {
        JsonNode found = cloudInit("OpenStack");
        expectCommonFacts(found);
        assertThat(found.path("metadata").path("meta").path("role").asText()).isEqualTo("db");
        assertThat(found.path("ec2_metadata").path("local-ipv4").asText()).isEqualTo(ADDRESS);
        JsonNode card = found.path("network").path("config").path(0);
        assertThat(card.path("mac_address").asText()).isEqualTo(mac());
        assertThat(card.path("mtu").asInt()).isEqualTo(1500);
        assertThat(card.path("subnets").path(0).path("type").asText()).isEqualTo("dhcp4");
    }

    @Test
    void ec2sDataSourceWalksTheWholeTree() throws Exception {
        JsonNode found = cloudInit("Ec2");
        expectCommonFacts(found);
        assertThat(found.path("metadata")
                        .path("placement")
                        .path("availability-zone")
                        .asText())
                .isEqualTo("nova");
        assertThat(found.path("metadata").path("local-ipv4").asText()).isEqualTo(ADDRESS);
    }

    @Test
    void ec2sDataSourceWithTokensReadsTheIdentityDocumentAsWell() throws Exception {
        JsonNode found = cloudInit("Ec2-aws");
        expectCommonFacts(found);
        assertThat(found.path("region").asText()).isEqualTo("RegionOne");
    }

    private void expectCommonFacts(JsonNode found) {
        assertThat(found.path("found").asBoolean()).as("%s", found).isTrue();
        assertThat(found.path("instance_id").asText())
                .isEqualTo(guest.epoch().lineage().toString());
        assertThat(found.path("hostname").asText()).isEqualTo("web");
        assertThat(found.path("public_keys").path(0).asText()).isEqualTo(KEY);
        assertThat(found.path("availability_zone").asText()).isEqualTo("nova");
        assertThat(new String(Base64.getDecoder().decode(found.path("user_data").asText()), StandardCharsets.UTF_8))
                .isEqualTo(USER_DATA);
        assertThat(found.path("retries").asInt(-1)).isZero();
    }

    private JsonNode cloudInit(String kind) throws IOException, InterruptedException {
        Path errors = directory.resolve("errors");
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder("python3", "server/src/test/cloud-init/driver.py", kind, mac())
                .redirectError(errors.toFile())
                .redirectOutput(output.toFile());
        builder.environment().put("PYTHONPATH", System.getenv("TRESCCAD_IT_CLOUD_INIT"));
        Process process = builder.start();
        if (!process.waitFor(240, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
        return Json.mapper().readTree(Files.readString(output));
    }

    private String mac() {
        return api.host.network.portOf(guest.holder()).orElseThrow().mac().toString();
    }
}
