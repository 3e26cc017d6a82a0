package org.tresccad.client.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.ConfigException;
import org.tresccad.client.config.Credentials;
import org.tresccad.client.config.Secret;
import org.tresccad.client.error.CloudProtocolError;

/**
 * Gets tokens by password (Keystone v3, https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization)
 * and keeps one until shortly before it expires.
 */
final class Keystone {
    private static final String WHAT = "log in";
    private static final Duration LONGEST_MARGIN = Duration.ofMinutes(2);

    private final CloudConfig config;
    private final Exchange exchange;
    private final Clock clock;
    private @Nullable Token current;

    Keystone(CloudConfig config, Exchange exchange, Clock clock) {
        this.config = config;
        this.exchange = exchange;
        this.clock = clock;
    }

    /** The token to use now; logs in when there is none or it gets old. */
    synchronized Token token() {
        Token held = current;
        if (held == null || !clock.instant().isBefore(held.renewAt())) {
            held = logIn();
            current = held;
        }
        return held;
    }

    /** A token other than {@code rejected}, which the cloud did not accept although it should still be valid. */
    synchronized Token after(Token rejected) {
        if (rejected.equals(current)) {
            current = null;
        }
        return token();
    }

    private Token logIn() {
        Credentials credentials = config.credentials();
        Map<String, Object> user = new HashMap<>(credentials.user().toJson());
        user.put("password", credentials.password().reveal());
        Map<String, Object> body = Map.of(
                "auth",
                Map.of(
                        "identity", Map.of("methods", List.of("password"), "password", Map.of("user", user)),
                        "scope", Map.of("project", credentials.project().toJson())));
        Request request = new Request.Builder()
                .url(root().newBuilder().addPathSegments("auth/tokens").build())
                .header("Accept", "application/json")
                .post(Exchange.json(body, "application/json"))
                .build();
        return exchange.answer(request, WHAT, answer -> {
            String value = answer.header("X-Subject-Token");
            if (value == null || value.isEmpty()) {
                throw new CloudProtocolError(config.name(), WHAT, "no X-Subject-Token in the answer");
            }
            JsonNode token = exchange.read(answer, WHAT, JsonNode.class).path("token");
            return new Token(
                    new Secret(value),
                    renewAt(token),
                    token.path("project").path("id").asText(""),
                    token.path("user").path("id").asText(""),
                    new Catalog(token.path("catalog")));
        });
    }

    /** By lifetime, not by the cloud's idea of now: a laptop's clock may be far off. */
    private Instant renewAt(JsonNode token) {
        try {
            Instant expires =
                    OffsetDateTime.parse(token.path("expires_at").asText()).toInstant();
            Instant issued = token.hasNonNull("issued_at")
                    ? OffsetDateTime.parse(token.path("issued_at").asText()).toInstant()
                    : clock.instant();
            Duration life = Duration.between(issued, expires);
            Duration tenth = life.dividedBy(10);
            Duration margin = tenth.compareTo(LONGEST_MARGIN) < 0 ? tenth : LONGEST_MARGIN;
            return clock.instant().plus(life).minus(margin);
        } catch (DateTimeParseException bad) {
            throw new CloudProtocolError(config.name(), WHAT, "token without a readable expires_at", bad);
        }
    }

    private HttpUrl root() {
        HttpUrl url = HttpUrl.get(config.credentials().authUrl());
        if (url == null) {
            throw new ConfigException("cloud " + config.name(), "auth.auth_url", "not an http or https address");
        }
        return Roots.versioned(url, "v3");
    }
}
