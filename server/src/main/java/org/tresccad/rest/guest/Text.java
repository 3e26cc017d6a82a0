package org.tresccad.rest.guest;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;

/** Answers in text, whatever the client says it accepts: programs in guests ask with all kinds of headers. */
final class Text {
    private static final MediaType TYPE = MediaType.TEXT_PLAIN_TYPE.withCharset("utf-8");

    private Text() {}

    static Response answer(int status, String text) {
        return Response.status(status)
                .type(TYPE)
                .entity(text.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    static Response ok(String text) {
        return answer(200, text);
    }
}
