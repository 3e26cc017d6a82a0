package org.tresccad.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** The one way this daemon reads and writes JSON. */
public final class Json {
    private static final int DEEPEST = 64;
    private static final int LONGEST_TEXT = 256 * 1024;
    private static final String NOT_EXPECTED = "The body is not the JSON expected here.";

    private static final ObjectMapper MAPPER = make();

    private Json() {}

    /**
     * The shared mapper: dates as ISO 8601 in UTC, unknown keys ignored as OpenStack does, duplicate keys refused, no
     * scalar taken for another type, depth and length limited.
     */
    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /**
     * What a request's body says.
     *
     * @throws TresccadException BAD_REQUEST when it is not the JSON of a {@code type}, or is null
     */
    public static <T> T read(byte[] body, Class<T> type) {
        return type.cast(read(body, MAPPER.constructType(type)));
    }

    /** As above; with a type that has parameters, perhaps. */
    static Object read(byte[] body, JavaType type) {
        Object value;
        try {
            value = MAPPER.readValue(body, type);
        } catch (IOException e) {
            // Of an array that is JSON of another form, or bytes of UTF-16 or UTF-32 that are no text.
            throw new TresccadException(ErrorKind.BAD_REQUEST, NOT_EXPECTED, e);
        }
        if (value == null) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, NOT_EXPECTED);
        }
        return value;
    }

    /** {@code 2026-11-20T12:00:00Z}, as Nova and Glance write times. */
    public static String seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static ObjectMapper make() {
        JsonMapper mapper = JsonMapper.builder()
                .addModule(new Jdk8Module())
                .addModule(new JavaTimeModule())
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .withCoercionConfig(LogicalType.Textual, config -> config.setCoercion(
                                CoercionInputShape.Integer, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .build();
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEEPEST)
                        .maxStringLength(LONGEST_TEXT)
                        .build());
        // The stream belongs to the server.
        mapper.getFactory().disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
        return mapper;
    }
}
