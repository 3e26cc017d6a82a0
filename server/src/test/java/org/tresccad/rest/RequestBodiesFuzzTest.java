package org.tresccad.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.error.TresccadException;
import org.tresccad.image.NewImage;
import org.tresccad.rest.fault.Fault;
import org.tresccad.rest.glance.json.ImageForm;
import org.tresccad.rest.glance.json.ImagePatch;
import org.tresccad.rest.guest.json.MigrationRequest;
import org.tresccad.rest.identity.json.AuthRequest;
import org.tresccad.rest.nova.json.CreateServerRequest;
import org.tresccad.rest.nova.json.Microversion;
import org.tresccad.rest.nova.json.Site;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;

/** Bodies that a guest, or somebody who has not logged in, may send: read, or refused by an error that is the client's. */
final class RequestBodiesFuzzTest {
    private static final Site SITE = new Site("here", "nova", "private");

    private static final List<String> CORRECT = List.of(
            "{\"destination\":\"b\",\"mode\":\"auto\"}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"name\":\"demo\","
                    + "\"domain\":{\"id\":\"default\"},\"password\":\"secret\"}},\"token\":{\"id\":\"x\"}},"
                    + "\"scope\":{\"project\":{\"name\":\"demo\",\"domain\":{\"name\":\"Default\"}}}}}",
            "{\"server\":{\"name\":\"one\",\"imageRef\":\"3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11\",\"flavorRef\":\"1\","
                    + "\"networks\":[{\"uuid\":\"" + SITE.networkId() + "\",\"fixed_ip\":\"10.0.0.5\"}],"
                    + "\"key_name\":\"mine\",\"metadata\":{\"role\":\"web\"},\"user_data\":\"IyEvYmluL3NoCg==\","
                    + "\"min_count\":1,\"max_count\":1,\"accessIPv4\":\"10.1.2.3\",\"accessIPv6\":\"2001:db8::1\","
                    + "\"tags\":[\"a\"],\"description\":\"x\",\"config_drive\":false}}",
            "{\"id\":\"3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11\",\"name\":\"x\","
                    + "\"visibility\":\"private\",\"disk_format\":\"qcow2\","
                    + "\"container_format\":\"bare\",\"min_disk\":1,\"min_ram\":0,\"protected\":false,"
                    + "\"tags\":[\"a\",\"b\"],\"owner_specified\":\"y\"}",
            "[{\"op\":\"replace\",\"path\":\"/name\",\"value\":\"x\"},{\"add\":\"/a~1b\",\"value\":\"y\"},"
                    + "{\"op\":\"remove\",\"path\":\"/a~1b\"}]");

    private static final List<String> WORDS = List.of(
            "{",
            "}",
            "[",
            "]",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            "null",
            "true",
            "-1",
            "0",
            "1e999",
            "0.5",
            "2147483648",
            "99999999999999999999",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            ",",
            ":",
            "\"auto\"",
            "\"none\"",
            "\"methods\":[null]",
            "\"unscoped\"",
            "{}",
            "[]",
            "\ufeff",
            "../");

    @Test
    @Timeout(60)
    void keptBodiesAreReadOrTheClientsFault() {
        FuzzCorpus.replay(RequestBodiesFuzzTest.class, 20, RequestBodiesFuzzTest::fuzzerTestOneInput);
    }

    @Test
    void correctBodiesAreRead() {
        for (int kind = 0; kind < CORRECT.size(); kind++) {
            use(kind, CORRECT.get(kind).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** One byte for the kind of request; one for whether the others are its body or change a correct one. */
    public static void fuzzerTestOneInput(byte[] input) {
        FuzzInput choices = new FuzzInput(input);
        int kind = choices.below(CORRECT.size());
        byte[] body = choices.below(4) == 0 ? choices.rest() : changed(CORRECT.get(kind), choices);
        try {
            use(kind, body);
        } catch (TresccadException e) {
            assertThat(Fault.of(e.kind()).status()).as(e.getMessage()).isBetween(400, 499);
        }
    }

    private static byte[] changed(String text, FuzzInput choices) {
        String changed = text;
        for (int n = 0; n < 8 && !choices.isOver(); n++) {
            changed = choices.changed(changed, WORDS);
        }
        return changed.getBytes(StandardCharsets.UTF_8);
    }

    private static void use(int kind, byte[] body) {
        switch (kind) {
            case 0 -> {
                MigrationRequest wish = Json.read(body, MigrationRequest.class);
                assertThat(Optional.ofNullable(wish.destination()).orElse("")).hasSizeLessThan(body.length);
            }
            case 1 -> {
                AuthRequest request = Json.read(body, AuthRequest.class);
                assertThat(request.login()).isNotNull();
                assertThat(request.scope()).isNotNull();
            }
            case 2 -> {
                JsonNode tree = Json.read(body, JsonNode.class);
                CreateServerRequest wish = CreateServerRequest.parse(tree, Microversion.NEWEST, SITE);
                assertThat(wish.count()).isPositive();
                assertThat(wish.name()).isNotBlank().hasSizeLessThanOrEqualTo(255);
            }
            case 3 -> assertThat(image(body)).isNotNull();
            default -> {
                NewImage before = image(CORRECT.get(3).getBytes(StandardCharsets.UTF_8));
                NewImage after =
                        ImagePatch.parse(Json.read(body, JsonNode.class)).applyTo(before);
                assertThat(after.id()).isEqualTo(before.id());
            }
        }
    }

    private static NewImage image(byte[] body) {
        return ImageForm.of(Json.read(body, JsonNode.class)).filled();
    }
}
