package org.tresccad.client.tresccad;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.client.handover.FrozenEpoch;
import org.tresccad.client.http.Json;

/**
 * The manifest of a package ({@code docs/package-format.md}): the first entry of a tar archive. Only what is needed to
 * show it to a host is looked at here; the host reads it strictly.
 */
public final class PackageManifest {
    private static final int HEADER_BYTES = 512;
    private static final int SIZE_OFFSET = 124;
    private static final int SIZE_DIGITS = 11;
    private static final int MAX_BYTES = 1 << 20;
    private static final byte[] NAME = "manifest.json\0".getBytes(StandardCharsets.US_ASCII);

    private PackageManifest() {}

    /**
     * Reads the manifest from the start of {@code data} and not a byte more.
     *
     * @return empty when that is no package
     * @throws IOException when {@code data} fails
     */
    public static Optional<JsonNode> read(InputStream data) throws IOException {
        byte[] header = data.readNBytes(HEADER_BYTES);
        if (header.length < HEADER_BYTES || !Arrays.equals(header, 0, NAME.length, NAME, 0, NAME.length)) {
            return Optional.empty();
        }
        int size = size(header);
        byte[] json = data.readNBytes(size);
        if (size == 0 || json.length < size) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.MAPPER.readTree(json)).filter(JsonNode::isObject);
        } catch (JsonProcessingException noManifest) {
            return Optional.empty();
        }
    }

    /**
     * The epoch that the package of that manifest is.
     *
     * @return empty when it does not say
     */
    public static Optional<FrozenEpoch> epoch(JsonNode manifest) {
        JsonNode identity = manifest.path("identity");
        try {
            return Optional.of(new FrozenEpoch(
                    UUID.fromString(identity.path("lineage").asText()),
                    identity.path("epoch").asLong(),
                    UUID.fromString(identity.path("nonce").asText())));
        } catch (IllegalArgumentException none) {
            return Optional.empty();
        }
    }

    /** In octal digits; 0 for what no manifest has. */
    private static int size(byte[] header) {
        String digits = new String(header, SIZE_OFFSET, SIZE_DIGITS, StandardCharsets.US_ASCII);
        if (!digits.matches("[0-7]{11}")) {
            return 0;
        }
        long size = Long.parseLong(digits, 8);
        return size <= MAX_BYTES ? (int) size : 0;
    }
}
