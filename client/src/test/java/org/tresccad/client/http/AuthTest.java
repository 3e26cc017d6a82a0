package org.tresccad.client.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.Credentials;
import org.tresccad.client.config.Principal;
import org.tresccad.client.config.Secret;
import org.tresccad.client.config.Trust;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudUnauthorized;

class AuthTest {
    private TestingCloud there;

    @BeforeEach
    void start() throws IOException {
        there = new TestingCloud();
    }

    @AfterEach
    void stop() {
        there.close();
    }

    @Test
    void sendsKeystonesPasswordBodyAndKeepsTheToken() {
        try (Cloud cloud = there.connect()) {
            cloud.compute().servers();
            cloud.images().list();
            assertThat(cloud.projectId()).isEqualTo("p1");
            assertThat(cloud.userId()).isEqualTo("u1");
        }

        assertThat(there.logins).hasValue(1);
        JsonNode auth =
                there.asked("POST", "/identity/v3/auth/tokens").get(0).json().path("auth");
        assertThat(auth.at("/identity/methods/0").asText()).isEqualTo("password");
        assertThat(auth.at("/identity/password/user/domain/name").asText()).isEqualTo("Default");
        assertThat(auth.at("/scope/project/name").asText()).isEqualTo("home");
        assertThat(there.asked("GET", "/compute/v2.1/servers/detail").get(0).headers())
                .containsEntry("x-auth-token", "token-1")
                .containsEntry("openstack-api-version", "compute 2.37");
    }

    @Test
    void aRejectedTokenIsReplacedOnce() {
        try (Cloud cloud = there.connect()) {
            cloud.compute().servers();
            there.revokeTokens();
            cloud.compute().servers();
        }
        assertThat(there.logins).hasValue(2);
    }

    @Test
    void aCloudThatRejectsEveryTokenIsAskedTwiceAndNoMore() {
        there.script("GET /compute/v2.1/servers/detail", Answer.json(401, "no"));
        try (Cloud cloud = there.connect()) {
            assertThatThrownBy(() -> cloud.compute().servers()).isInstanceOf(CloudUnauthorized.class);
        }
        assertThat(there.asked("GET", "/compute/v2.1/servers/detail")).hasSize(2);
    }

    @Test
    void aTokenIsRenewedBeforeItExpiresByOurClock() {
        SettableClock clock = new SettableClock();
        there.tokenLife = Duration.ofMinutes(60);
        // Our clock is years off; only the token's lifetime counts.
        clock.now = Instant.parse("2001-01-01T00:00:00Z");
        try (Cloud cloud = Cloud.of(there.config("here"), TestingCloud.SHORT, clock)) {
            cloud.compute().servers();
            clock.now = clock.now.plus(Duration.ofMinutes(57));
            cloud.compute().servers();
            assertThat(there.logins).hasValue(1);
            clock.now = clock.now.plus(Duration.ofMinutes(2));
            cloud.compute().servers();
            assertThat(there.logins).hasValue(2);
        }
    }

    @Test
    void aWrongPasswordSaysWhatToCheckAndIsNotShown() {
        CloudConfig wrong = new CloudConfig(
                "here",
                new Credentials(
                        URI.create(there.url() + "/identity/v3/"),
                        Principal.id("u1"),
                        new Secret("wrong-secret"),
                        Principal.id("p1")),
                CloudConfig.Endpoints.PUBLIC,
                Trust.SYSTEM,
                Optional.empty(),
                List.of());
        try (Cloud cloud = Cloud.of(wrong, TestingCloud.SHORT, Clock.systemUTC())) {
            assertThatThrownBy(cloud::projectId)
                    .isInstanceOf(CloudUnauthorized.class)
                    .hasMessageContaining("here")
                    .hasMessageContaining("Wrong password.")
                    .hasMessageContaining("clouds.yaml")
                    .hasMessageNotContaining("wrong-secret");
        }
    }

    @Test
    void aRegionThatTheCatalogLacksIsSaidWithWhatItHas() {
        CloudConfig base = there.config("here");
        CloudConfig elsewhere = new CloudConfig(
                base.name(),
                base.credentials(),
                new CloudConfig.Endpoints(Optional.of("Mars"), "public"),
                base.trust(),
                base.ssh(),
                base.projects());
        try (Cloud cloud = Cloud.of(elsewhere, TestingCloud.SHORT, Clock.systemUTC())) {
            assertThatThrownBy(() -> cloud.compute().servers())
                    .isInstanceOf(CloudProtocolError.class)
                    .hasMessageContaining("compute/public/RegionOne");
        }
    }

    @Test
    void somethingThatIsNoKeystoneIsCalledSo() {
        there.script("POST /identity/v3/auth/tokens", Answer.text(200, "text/html", "<html>Welcome</html>"));
        try (Cloud cloud = there.connect()) {
            assertThatThrownBy(cloud::projectId)
                    .isInstanceOf(CloudProtocolError.class)
                    .hasMessageContaining("X-Subject-Token");
        }
    }

    @Test
    void aRedirectIsNotFollowedSinceItWouldTakeTheTokenAlong() {
        there.script(
                "GET /compute/v2.1/servers/detail",
                Answer.empty(302).with("Location", there.url() + "/identity/v3/steal"));
        try (Cloud cloud = there.connect()) {
            assertThatThrownBy(() -> cloud.compute().servers()).isInstanceOf(CloudProtocolError.class);
        }
        assertThat(there.asked("GET", "/identity/v3/steal")).isEmpty();
    }

    private static final class SettableClock extends Clock {
        private Instant now = Instant.EPOCH;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
